"""A browser without a window, for the tests that look at pages."""

from pathlib import Path

import pytest

BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def launched():
    """Chromium, while a fixture needs it; it has an event loop, which no other module's tests ought to find running."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed, which drives browsers")
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    with sync_api.sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except sync_api.Error as error:
            pytest.skip(f"no Chromium to be started: {str(error).splitlines()[0]}")
        yield running
        running.close()
