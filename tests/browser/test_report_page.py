"""The HTML report in a real Chromium: no script, no request, nothing cut off, usable by everyone."""

from typing import Any

import pandas as pd
import pytest

import statlogit as sl
from statlogit.report.build import build
from statlogit.report.render import html_fragment, render_html
from statlogit.results.side_by_side_report import outline as comparison_outline
from statlogit.results.summary import outline
from tests.browser.pages import AXE, closed, opened, violations
from tests.report import facts, fits

STORED = ("birthwt", "hostile")
FITTED = ("whole", "compared", *fits.KINDS)
REPORTS = (*STORED, *FITTED)
SECTIONS = {"whole": 10, "compared": 5, "twelve": 10, "classes": 10, "many_rows": 10}
SCHEMES = {  # one each: axe takes seconds of a long page, and the colours are those of birthwt
    "hostile": "light", "compared": "dark", "twelve": "dark", "separated": "light", "classes": "dark",
    "many_rows": "light",
}  # fmt: skip
MOST_PAGES = {"birthwt": 4, "twelve": 10, "many_rows": 8}
LIMIT = 300_000  # bytes of a page
BINARY = ("Binary logistic regression",)
TITLES = dict.fromkeys(REPORTS, BINARY) | {
    "classes": ("Multinomial logistic regression",), "compared": ("Comparison of 2 models",)
}  # fmt: skip
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each report as an address of a file."""
    folder = tmp_path_factory.mktemp("reports")
    made = {name: render_html(build(getattr(facts, name)())) for name in STORED} | fitted()
    made |= {name: render_html(kind()) for name, kind in fits.KINDS.items()}
    assert all(len(text.encode()) <= LIMIT for text in made.values())
    made["fragment"] = f"<!doctype html><meta charset=utf-8><title>x</title>{html_fragment(build(facts.hostile()))}"
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in made}


def fitted() -> dict[str, str]:
    """Every section of a fit with interactions, a spline and an unruly level name, and a comparison."""
    births = pd.read_csv("examples/birthwt.csv")
    births["race"] = births["race"].map({1: facts.SCRIPT, 2: "a level with a very long name indeed", 3: "c"})
    small, large = (sl.logit(f"low ~ {right}", births) for right in ("age", "age * smoke + bs(lwt, df=4) + C(race)"))
    robust = large.with_covariance("HC3")
    return {
        "whole": render_html(outline(robust)),
        "compared": render_html(comparison_outline(sl.compare(small, large))),
    }


@pytest.mark.parametrize("name", REPORTS)
def test_it_shows_without_javascript_and_asks_for_nothing(chromium: Any, files: dict[str, str], name: str) -> None:
    page = opened(chromium, files[name], java_script_enabled=False)
    assert page.asked == [files[name]]
    assert page.wrongs == []
    assert page.locator("h1").inner_text() in TITLES[name]
    assert page.locator("main > section").count() == SECTIONS.get(name, 7)
    assert page.locator("table").first.is_visible()
    closed(page)


def test_the_policy_lets_the_style_through(chromium: Any, files: dict[str, str]) -> None:
    page = opened(chromium, files["birthwt"])
    assert page.evaluate("getComputedStyle(document.querySelector('.masthead')).borderBottomWidth") == "1px"
    assert page.evaluate("getComputedStyle(document.querySelector('svg .bar')).stroke") != "none"
    closed(page)


@pytest.mark.parametrize("name", ["hostile", "fragment"])
def test_hostile_names_run_nothing(chromium: Any, files: dict[str, str], name: str) -> None:
    page = opened(chromium, files[name])
    assert page.wrongs == []
    assert page.asked == [files[name]]
    assert page.evaluate("document.scripts.length + document.images.length") == 0
    assert facts.SCRIPT in page.locator("table").first.inner_text() + page.locator("body").inner_text()
    closed(page)


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_never_scrolls_sideways(chromium: Any, files: dict[str, str], name: str) -> None:
    page = opened(chromium, files[name])
    for width in (320, 375, 641, 768, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    closed(page)


@pytest.mark.parametrize("width", [320, 1280])
def test_one_of_the_two_drawings_is_shown_and_its_letters_are_readable(
    chromium: Any, files: dict[str, str], width: int
) -> None:
    page = opened(chromium, files["birthwt"], viewport={"width": width, "height": 800})
    shown = page.evaluate(
        "[...document.querySelectorAll('svg')].filter(s => s.checkVisibility()).map(s => s.classList[0])"
    )
    assert set(shown) == ({"narrow"} if width == 320 else {"wide"})
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('svg')].filter(s => s.checkVisibility())"
        ".map(s => 12 * s.getBoundingClientRect().width / s.viewBox.baseVal.width))"
    )
    assert smallest >= 10
    closed(page)


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        *(("birthwt", scheme, 1280) for scheme in ("light", "dark")),
        *((name, scheme, 1280) for name, scheme in SCHEMES.items()),
        *(("birthwt", scheme, 320) for scheme in ("light", "dark")),
    ],
)
def test_axe_finds_nothing(chromium: Any, files: dict[str, str], name: str, scheme: str, width: int) -> None:
    size = {"width": width, "height": 900}
    page = opened(chromium, files[name], color_scheme=scheme, bypass_csp=True, viewport=size)
    assert violations(page) == []
    closed(page)


def test_dark_is_dark_and_light_is_light(chromium: Any, files: dict[str, str]) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = opened(chromium, files["birthwt"], color_scheme=scheme)
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        closed(page)
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 29)"}


def test_the_keyboard_reaches_the_findings_and_every_table(chromium: Any, files: dict[str, str]) -> None:
    page = opened(chromium, files["birthwt"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "findings"
    regions = page.evaluate("[...document.querySelectorAll('.scroll')].map(r => r.tabIndex)")
    assert regions
    assert set(regions) == {0}
    closed(page)


@pytest.mark.parametrize("name", ["birthwt", "twelve", "many_rows"])
def test_paper_is_light_and_whole(chromium: Any, files: dict[str, str], name: str) -> None:
    page = opened(chromium, files[name], color_scheme="dark", viewport={"width": 700, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(r => r.scrollWidth <= r.clientWidth + 1)")
    paper = page.pdf(format="A4")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= MOST_PAGES[name]
    closed(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_notebook_form_is_readable_on_any_ground(chromium: Any, files: dict[str, str], scheme: str) -> None:
    page = opened(chromium, files["fragment"], color_scheme=scheme)
    page.evaluate(AXE)
    found = page.evaluate("axe.run('.statlogit-result', {runOnly: {type: 'rule', values: ['color-contrast']}})")
    assert found["violations"] == []
    assert found["passes"]
    closed(page)
