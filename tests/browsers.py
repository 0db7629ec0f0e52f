"""A browser without a window, for the tests that look at pages, and a server of notebooks to look at."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
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


@contextmanager
def offline(browser, allowed="\0"):
    """A function that opens tabs, each in a window without a network; complaints fail, but for what is `allowed`."""
    complaints, contexts = [], []

    def tab(width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_offline(True)
        opened = context.new_page()
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        return opened

    yield tab
    for context in contexts:
        context.close()
    assert not [text for text in complaints if allowed not in text]


def notebooks(folder):
    """The address of a JupyterLab that opens the notebooks of a folder, and the folder, while a fixture needs it."""
    if find_spec("jupyterlab") is None:
        pytest.skip("jupyterlab is not installed, in which an untrusted notebook is opened")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}": str(folder / f".{name}") for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--IdentityProvider.token="]
    command += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}", "--ServerApp.disable_check_xsrf=True"]
    with open(folder / ".log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log, cwd=folder)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
    try:
        while not _answers(url):
            if server.poll() is not None or time.monotonic() > end:
                pytest.skip(f"JupyterLab did not start: {(folder / '.log').read_text(encoding='utf-8')[-300:]}")
            time.sleep(0.2)
        yield url, folder
    finally:
        server.kill()
        server.wait()


def _answers(url):
    try:
        urllib.request.urlopen(f"{url}/api", timeout=5).close()
    except OSError:
        return False
    return True
