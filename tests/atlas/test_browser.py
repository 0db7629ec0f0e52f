"""The atlas in a browser: quiet, within the window, legible in both themes, named for those who listen, by keyboard."""

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed, which drives the browser")

PAGES = ("index.html", "zoo.html", "modules/softmax.html", "modules/linear.html", "errata.html", "course.html")
NOTEBOOKS = ("course/04_activation.html",)

FAULTS = """() => {
  const faults = [], say = (what, e) => faults.push(`${what}: ${e.outerHTML.slice(0, 160)}`);
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest("[hidden], svg");

  const name = (e) => (e.getAttribute("aria-label") || e.getAttribute("title") || e.textContent
    || [...(e.labels ?? [])].map((label) => label.textContent).join("") || e.querySelector("img")?.alt || "").trim();
  for (const e of document.querySelectorAll("a, button, input, select, summary, iframe, nav, [role=group]"))
    if (seen(e) && !name(e)) say("no name", e);
  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) say("no alt", e);
  for (const e of document.querySelectorAll("math")) if (!e.getAttribute("alttext")) say("no alttext", e);
  for (const [tag, count] of [["header", 1], ["main", 1], ["footer", 1], ["h1", 1]])
    if (document.querySelectorAll(tag).length !== count) faults.push(`not ${count} ${tag}`);
  let level = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    if (+e.tagName[1] > level + 1) say("a level is left out", e);
    level = +e.tagName[1];
  }
  for (const e of document.querySelectorAll("[id]"))
    if (document.querySelectorAll(`[id="${CSS.escape(e.id)}"]`).length > 1) say("an id twice", e);
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-controls]"))
    for (const attribute of ["aria-labelledby", "aria-controls"])
      if (e.hasAttribute(attribute) && !document.getElementById(e.getAttribute(attribute))) say("no such id", e);

  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const over = ([r, g, b, a = 1], under) => [r, g, b].map((c, k) => c * a + under[k] * (1 - a));
  const ground = (e) => {
    if (!e) return [255, 255, 255];
    const colour = parse(getComputedStyle(e).backgroundColor);
    return over(colour, colour.length < 4 ? [0, 0, 0] : ground(e.parentElement));
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const e = node.parentElement, style = getComputedStyle(e), size = parseFloat(style.fontSize);
    if (!node.data.trim() || !seen(e) || e.closest("script, style, .said, button:disabled")) continue;
    const under = ground(e), [a, b] = [light(over(parse(style.color), under)), light(under)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, e);
  }

  for (const e of document.querySelectorAll("body *")) {
    const style = getComputedStyle(e);
    if (seen(e) && /auto|scroll/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1 && !e.closest(".gv-page")
      && e.tabIndex < 0) say("scrolls, but the keyboard does not reach it", e);
  }
  const beyond = document.documentElement.scrollWidth - innerWidth;
  if (beyond > 0) faults.push(`${beyond} px wider than the window`);
  return faults;
}"""


@pytest.fixture
def opened(browser, written):
    """Open a page without a network; whatever it complains of fails the test."""
    complaints, contexts = [], []

    def open_page(path, width=1280, scheme="light", context=None):
        if context is None:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            context.set_offline(True)
            contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(f"{path}: {message.text}"))
        tab.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        tab.on("requestfailed", lambda request: complaints.append(f"{path}: no {request.url[:200]}"))
        tab.goto((written / path).as_uri())
        tab.locator(".tools").wait_for(state="visible")
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        (390, "dark"),
        *(pytest.param(*other, marks=pytest.mark.slow) for other in [(1280, "dark"), (390, "light")]),
    ],
)
def test_every_page_is_named_legible_and_within_the_window(opened, width, scheme):
    context = None
    for path in (*PAGES, *NOTEBOOKS):
        tab = opened(path, width, scheme, context)
        context = tab.context
        if path.startswith("modules/"):
            tab.locator('[data-graph-viz][data-ready="yes"]').wait_for()
        tab.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
        tab.evaluate("dispatchEvent(new Event('resize'))")
        assert tab.evaluate(FAULTS) == [], path


def test_the_script_finds_faults(opened):
    """Or the test above would show nothing."""
    tab = opened("index.html")
    tab.evaluate("""() => {
      document.querySelector("main").insertAdjacentHTML("beforeend",
        '<button></button><img src="static/icon.svg"><h5 id="main">x</h5><p style="color: #aaa">pale</p>'
        + '<div style="width: 3000px">wide</div>');
    }""")
    faults = "\n".join(tab.evaluate(FAULTS))
    for fault in ("no name", "no alt", "a level is left out", "an id twice", "contrast 2", "wider than the window"):
        assert fault in faults


def test_the_search_is_used_by_keyboard(opened):
    tab = opened("modules/linear.html")
    tab.keyboard.press("/")
    tab.keyboard.type("softmax")
    box = tab.locator("#search")
    tab.locator("#found-0").wait_for()  # the index is loaded when it is first asked for
    assert box.get_attribute("aria-expanded") == "true"
    assert tab.locator("#found-0").text_content().startswith("softmax")
    assert box.get_attribute("aria-activedescendant") == "found-0"
    tab.keyboard.press("ArrowDown")
    assert tab.locator('#found [aria-selected="true"]').get_attribute("id") == "found-1"
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/modules/softmax.html")


def test_the_search_says_how_many_and_closes(opened):
    tab = opened("index.html", 390)
    tab.keyboard.press("/")
    tab.keyboard.type("xyzzy")
    tab.locator(".search [role=status]", has_text="found").wait_for(state="attached")
    assert tab.locator(".search [role=status]").text_content() == "0 found"
    assert tab.locator("#found").is_hidden()
    tab.keyboard.press("Escape")
    assert tab.locator("#search").input_value() == ""


def test_the_search_finds_a_formula_on_its_page(opened):
    tab = opened("index.html")
    tab.locator("#search").fill("linear dw")
    tab.locator("#found li", has_text="linear.linear.dW").first.click()
    tab.wait_for_url("**/modules/linear.html#linear.linear.dW*")
    assert tab.evaluate("document.querySelector(':target').getBoundingClientRect().top") >= 0


def test_the_theme_is_chosen_and_remembered(opened):
    tab = opened("modules/softmax.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    picture = "getComputedStyle(document.querySelector('.gv-page')).backgroundColor"
    before = tab.evaluate(ground), tab.evaluate(picture)
    tab.locator("#theme").click()
    assert tab.locator("#theme").get_attribute("aria-pressed") == "true"
    dark = tab.evaluate(ground), tab.evaluate(picture)
    assert dark[0] != before[0] and dark[1] != before[1]
    again = opened("errata.html", context=tab.context)
    assert again.evaluate(ground) == dark[0]
    again.locator("#theme").click()
    assert again.evaluate(ground) == before[0]


def test_the_first_stop_skips_to_the_content(opened):
    tab = opened("index.html")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().width") > 50
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"


def test_without_scripts_a_page_is_whole(browser, written):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    tab = context.new_page()
    tab.goto((written / "modules" / "softmax.html").as_uri())
    assert tab.locator("math").count() > 2 and tab.locator(".graph img").is_visible()
    assert not tab.locator("#search").is_visible()
    context.close()


def test_on_a_phone_a_drawing_keeps_its_size_and_can_be_moved(opened):
    tab = opened("course/04_activation.html", 390)
    drawing = tab.locator(".output > img[alt^='Graph of <z>']")
    drawing.evaluate("(e) => { e.width = 600; }")
    assert drawing.evaluate("(e) => e.getBoundingClientRect().width") == 600
    tab.evaluate("dispatchEvent(new Event('resize'))")
    around = drawing.locator("xpath=..")
    assert around.evaluate("(e) => [e.scrollWidth > e.clientWidth, e.tabIndex]") == [True, 0]
    plan = opened("index.html", 390).locator(".plan svg")
    assert plan.evaluate("(e) => e.getBoundingClientRect().width") >= 700


def test_the_errata_are_filtered(opened):
    tab = opened("errata.html")
    articles, seen = tab.locator("#errata > article"), tab.locator("#errata > article:visible")
    whole = articles.count()
    assert whole == seen.count() >= 3 and tab.locator(".filter output").text_content() == f"{whole} of {whole} shown"
    tab.locator(".filter [name=verdict]").select_option("wrong")
    assert {seen.nth(k).get_attribute("data-verdict") for k in range(seen.count())} == {"wrong"}
    tab.locator(".filter button").click()
    tab.locator(".filter [name=words]").fill("sigmoid diag")
    assert {seen.nth(k).get_attribute("id") for k in range(seen.count())} == {"activation.sigmoid.dx"}
    tab.locator(".filter [name=family]").select_option("linear")
    assert tab.locator(".filter output").text_content().startswith("0 of ")


def test_a_link_into_the_errata_shows_what_was_filtered_away(opened):
    tab = opened("errata.html")
    first = tab.locator("#errata > article").first.get_attribute("id")
    tab.locator(".filter [name=words]").fill("no such word")
    assert tab.locator("#errata > article:visible").count() == 0
    tab.evaluate("(id) => { location.hash = id; }", first)
    tab.locator(f'[id="{first}"]').wait_for(state="visible")


def test_without_scripts_the_errata_are_a_plain_list(browser, written):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((written / "errata.html").as_uri())
    assert tab.locator("#errata > article:visible").count() == tab.locator("#errata > article").count() >= 3
    assert not tab.locator(".filter").is_visible()
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_below_a_graph_stays_while_it_is_unpacked_and_stepped_through(opened, browser, written, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    tab = context.new_page()
    tab.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.before = formulas.offsetTop - graph.offsetTop; })"
    )
    tab.goto((written / "modules" / "softmax.html").as_uri())
    tab.locator('[data-graph-viz][data-ready="yes"]').wait_for()
    apart = "document.getElementById('formulas').offsetTop - document.getElementById('graph').offsetTop"
    assert abs(tab.evaluate(apart) - tab.evaluate("before")) <= 1
    tab.evaluate(
        "(() => { const page = document.querySelector('[data-graph-viz]').graphVizPage; page.go(page.total); })()"
    )
    assert abs(tab.evaluate(apart) - tab.evaluate("before")) <= 1
    context.close()


def test_a_backward_step_shows_value_and_gradient(opened):
    tab = opened("modules/softmax.html")
    tab.locator('[data-graph-viz][data-ready="yes"]').wait_for()
    tab.locator(".gv-bar [aria-label='last step']").click()
    maps = tab.locator(".gv-panel svg")
    assert [maps.nth(k).get_attribute("aria-label").split(",")[0] for k in range(2)] == [
        "heat-map of x",
        "heat-map of ∂L/∂x",
    ]
    assert tab.locator(".gv-status").text_content().split(" backward: ")[1].startswith("∂L/∂x")


def test_the_graph_of_a_module_is_alive(opened):
    """A number that is changed on its page changes what comes out, and the sweep with it."""
    tab = opened("modules/sigmoid.html")
    tab.locator('[data-graph-viz][data-ready="yes"]').wait_for()
    slopes = []
    for value in ("1", "1000"):
        tab.get_by_label("x[0]", exact=True).fill(value)
        tab.get_by_label("gradient of x by way of").first.focus()
        value_of, slope_of = tab.locator(".gv-panel p").inner_text().split("\n")
        assert value_of.startswith(f"x = {value} ")
        slopes.append(slope_of.removeprefix("∂L/∂x = ").split()[0])
    assert slopes[0] != "0" and slopes[1] == "0"  # where the sigmoid is flat
