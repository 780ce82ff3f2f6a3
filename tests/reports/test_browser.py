"""The pages in a real browser: nothing runs over the edge, everything can be read, nothing is fetched."""

import pytest

from productops.reports.site import write_site
from reports import browser
from reports.worlds import hostile_source, moving_source, source

pytestmark = pytest.mark.skipif(browser.found() is None, reason="no Chromium on this machine")
# Every visible text with its colour against what lies behind it, all transparency mixed in.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
  const ctx = canvas.getContext("2d", {willReadFrequently: true});
  const rgba = c => { ctx.clearRect(0, 0, 1, 1); ctx.fillStyle = "#000"; ctx.fillStyle = c; ctx.fillRect(0, 0, 1, 1);
    const d = ctx.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { const stack = [];
    for (; e; e = e.parentElement) stack.push(rgba(getComputedStyle(e).backgroundColor));
    return stack.reverse().reduce((under, c) => over(c, under), [255, 255, 255, 1]); };
  const bad = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); let seen = 0;
  for (let n; n = walker.nextNode();) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest("title, .skip, details:not([open]) > :not(summary)")) continue;
    const box = e.getBoundingClientRect(); if (!box.width || !box.height) continue;
    const style = getComputedStyle(e), ground = behind(e);
    const ink = over(rgba(e.namespaceURI.endsWith("svg") ? style.fill : style.color), ground);
    const [hi, lo] = [light(ink), light(ground)].sort((a, b) => b - a), ratio = (hi + .05) / (lo + .05);
    seen += 1; if (ratio < 4.5) bad.push([n.data.trim().slice(0, 40), +ratio.toFixed(2)]);
  }
  return {seen, bad};
})()"""
LOOK = """(() => ({
  over: document.documentElement.scrollWidth - innerWidth,
  wide: [...document.querySelectorAll("main *")].filter(e => {
    const b = e.getBoundingClientRect();
    return b.width && (b.right > innerWidth + 1 || b.left < -1) && !e.closest(".scroll, svg");
  }).map(e => e.outerHTML.slice(0, 120)),
  cut: [...document.querySelectorAll("svg.scale text, svg.plot text")].filter(e => {
    const b = e.getBoundingClientRect(), s = e.closest(".sheet").getBoundingClientRect();
    return b.right > s.right || b.left < s.left;
  }).map(e => e.textContent),
  bulging: (() => { const main = document.querySelector("main"), edge = getComputedStyle(main);
    const right = main.getBoundingClientRect().right - parseFloat(edge.paddingRight);
    return [...document.querySelectorAll(".sheet, .column, .facts > div, .week")].filter(e =>
      e.getBoundingClientRect().right > right + 1).map(e => e.outerHTML.slice(0, 120)); })(),
  crowded: [...document.querySelectorAll("svg")].filter(e => !e.parentElement.closest("svg")).flatMap(svg => {
    const drawn = [...svg.querySelectorAll("text")].map(e => [e.textContent, e.getBoundingClientRect()])
      .filter(([, b]) => b.width && b.right <= innerWidth + 1);
    return drawn.flatMap(([one, a], at) => drawn.slice(at + 1).filter(([, b]) =>
      a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2)
      .map(([other]) => `${one} / ${other}`)); }),
  tiny: [...document.querySelectorAll("main *")].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
    && parseFloat(getComputedStyle(e).fontSize) < 11).map(e => e.textContent),
  aside: innerWidth < 500 ? [...document.querySelectorAll(".scroll:has(> .stack)")].filter(e =>
    e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute("aria-label")) : [],
  nameless: [...document.querySelectorAll("svg")].filter(e => !e.parentElement.closest("svg")
    && e.getAttribute("aria-hidden") !== "true"
    && !(e.getAttribute("role") === "img" && e.getAttribute("aria-label"))).length,
  images: document.querySelectorAll("img").length,
  jumps: [...document.querySelectorAll("[tabindex]")].filter(e => e.tabIndex > 0).length,
  headings: [...document.querySelectorAll("h1, h2, h3, h4")].map(e => +e.tagName[1]),
  text: document.body.innerText.length,
}))()"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    opened = browser.Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["company", "french", "hostile", "moving"])
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    made = {"hostile": hostile_source, "moving": moving_source}
    known = made.get(request.param, source)()
    write_site(known, folder, "fr" if request.param == "french" else "en")
    return sorted(folder.glob("*.html"))


def outside(chromium):
    return [url for url in chromium.requests if not url.startswith("file:")]


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, False), (1280, True), (390, True)])
def test_every_page_can_be_read(site, chromium, width, dark):
    for path in site:
        chromium.open(path, width, dark=dark)
        seen = chromium.run(LOOK)
        assert seen["over"] <= 0, path.name
        assert seen["wide"] == [], path.name
        assert seen["cut"] == [], path.name
        assert [seen[each] for each in ("bulging", "crowded", "tiny", "aside")] == [[], [], [], []], path.name
        assert (seen["nameless"], seen["images"], seen["jumps"]) == (0, 0, 0), path.name
        assert seen["headings"][0] == 1
        assert seen["headings"].count(1) == 1
        assert all(
            after - before <= 1 for before, after in zip(seen["headings"], seen["headings"][1:], strict=False)
        ), path.name
        assert seen["text"] > 200
        contrast = chromium.run(CONTRAST)
        assert contrast["seen"] > 20, path.name
        assert contrast["bad"] == [], path.name
        assert outside(chromium) == []


def test_the_keyboard_goes_through_the_page_in_order(site, chromium):
    chromium.open(site[0])
    order = []
    for _ in range(9):
        chromium.press(["Tab"])
        order.append(chromium.run("document.activeElement.className || document.activeElement.textContent"))
    assert order[0] == "skip"
    links = chromium.run("[...document.querySelectorAll('nav a')].map(e => e.textContent)")
    assert order[1 : 1 + len(links)] == links[: len(order) - 1]


def test_the_switch_works_without_a_script(chromium, tmp_path):
    write_site(source(), tmp_path)
    chromium.open(tmp_path / "feedback.html")
    shown = "['.of-accounts', '.of-arr'].map(each => document.querySelector(each).getClientRects().length > 0)"
    assert chromium.run(shown) == [True, False]
    chromium.run("document.querySelector('#heat-arr').click()")
    assert chromium.run(shown) == [False, True]


def test_the_policy_keeps_a_planted_script_and_image_out(chromium, tmp_path):
    write_site(source(), tmp_path)
    page = (tmp_path / "index.html").read_text("utf-8")
    planted = '<script>document.title = "taken"</script><img src="http://127.0.0.1:9/x.png"></body>'
    (tmp_path / "index.html").write_text(page.replace("</body>", planted), "utf-8")
    chromium.open(tmp_path / "index.html")
    assert "taken" not in chromium.run("document.title")
    assert chromium.run("document.querySelector('img').naturalWidth") == 0
