"""A page of a site as a browser finds it: complaints, what axe-core says, jumps of the layout, and its width."""

from importlib.util import find_spec
from pathlib import Path

import pytest

WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
VIEWS = [(width, scheme) for width in WIDTHS for scheme in SCHEMES]
JUMP = 0.05  # the sum of layout shifts: half of what is called good
LEFT_OUT = {  # by folder
    "docs/api/": ["definition-list"],  # Sphinx makes a list of the arguments of a long signature
}

WATCH = """
window.jumps = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
AXE = """async (rules) => {
  const off = Object.fromEntries(rules.map((rule) => [rule, { enabled: false }]));
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(done));
  // A live drawing in a frame is looked at as a page of its own; from files no frame can be spoken to.
  const found = await axe.run(document, { rules: off, preload: false, iframes: false, resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id}: ${v.nodes.length} such as ${v.nodes[0].html.slice(0, 200)}`);
}"""


def axe_core():
    """The script of axe-core, of the Python package that ships it."""
    spec = find_spec("axe_playwright_python")
    if spec is None:
        pytest.skip("axe-playwright-python is not installed, which brings axe-core")
    return Path(spec.submodule_search_locations[0], "axe.min.js").read_text(encoding="utf-8")


def faults(browser, script, folder, paths, width, scheme):
    """What is wrong with pages of a folder at this width and in this scheme, a line each; without a network."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_offline(True)
    context.add_init_script(WATCH)
    for path in paths:
        said = []
        tab = context.new_page()
        tab.on("console", lambda message, said=said: said.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error, said=said: said.append(f"error: {error}"))
        tab.on("requestfailed", lambda request, said=said: said.append(f"not loaded: {request.url[:200]}"))
        tab.goto((folder / path).as_uri())
        tab.evaluate(script)
        said += tab.evaluate(
            AXE, [rule for start, rules in LEFT_OUT.items() if path.startswith(start) for rule in rules]
        )
        jumps, beyond = tab.evaluate("[window.jumps, document.documentElement.scrollWidth - innerWidth]")
        said += [f"the layout jumps: {jumps:.3f}"] * (jumps > JUMP)
        said += [f"{beyond} px wider than the window"] * (beyond > 0)
        tab.close()
        yield from (f"{path} ({width} px, {scheme}): {fault}" for fault in said)
    context.close()
