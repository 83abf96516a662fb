"""The page in a real Chromium: from a file to a saved report by keyboard alone, seen and used by everyone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import statlogit as sl
from tests.browser.pages import closed, opened, violations
from tests.web.running import Server

FORMULA = "low ~ age + lwt"
PATIENCE = 60_000.0  # milliseconds that a fit may take on a busy machine
MOST_TABS = 80
SCRIPT = "<img src=x onerror=alert(1)>"
FOCUS = "() => ((e) => e.getAttribute('aria-label') || e.id || e.textContent.trim())(document.activeElement)"
SMALL = """() => [...document.querySelectorAll('button, a.button, select, input[type=radio]')]
  .filter(e => e.checkVisibility()).map(e => (e.closest('.pick') ?? e).getBoundingClientRect())
  .filter(r => r.width < 24 || r.height < 24)"""
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@contextmanager
def page_of(chromium: Any, server: Server, **options: Any) -> Iterator[Any]:
    """The front page of a new visitor."""
    page = opened(chromium, server.address, PATIENCE, **options)
    try:
        yield page
    finally:
        closed(page)


def tab_to(page: Any, name: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(MOST_TABS):
        if page.evaluate(FOCUS) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by keyboard to {name!r}; at {page.evaluate(FOCUS)!r}")


def fitted(page: Any, *formulas: str) -> None:
    """The example with these models, the last one shown."""
    page.click("#example")
    page.wait_for_selector("#formula-state .good")
    for k, formula in enumerate(formulas, start=1):
        page.fill("#formula", formula)
        page.wait_for_selector(f"#formula-state bdi:text-is('{formula.split(' ~ ')[0]}')")
        page.click("#fit")
        page.wait_for_selector(f"#models li:nth-child({k})")
    page.frame_locator("#page-frame iframe").locator("h1").wait_for()


def test_by_keyboard_alone_from_a_file_to_a_saved_report(chromium: Any, server: Server, tmp_path: Path) -> None:
    with page_of(chromium, server) as page:
        page.on("filechooser", lambda _: None)  # the browser is told of it some time before the key
        tab_to(page, "file")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files("examples/birthwt.csv")
        page.wait_for_selector("#facts table")
        tab_to(page, "Outcome: low")
        page.keyboard.press("Space")
        for name in ("age", "lwt"):
            tab_to(page, f"Term: {name}")
            page.keyboard.press("Space")
        page.wait_for_selector("#formula-state .good")
        assert page.input_value("#formula") == FORMULA
        tab_to(page, "formula")
        page.keyboard.press("Enter")
        page.frame_locator("#page-frame iframe").locator("h1").wait_for()
        assert page.evaluate(FOCUS).startswith("reader-title")
        tab_to(page, "Download: Text")
        with page.expect_download() as saved:
            page.keyboard.press("Enter")
        saved.value.save_as(tmp_path / "report.txt")
        tab_to(page, "Download: Model file")
        with page.expect_download() as saved:
            page.keyboard.press("Enter")
        saved.value.save_as(tmp_path / "model.json")
        assert page.wrongs == []
    lines = (tmp_path / "report.txt").read_text("utf-8").splitlines()
    result = sl.logit(FORMULA, "examples/birthwt.csv")
    ours = [line for line in str(result.summary()).splitlines() if line.startswith(("age", "lwt"))]
    assert ours
    assert set(ours) <= set(lines)
    assert sl.load(tmp_path / "model.json").params.round(9).to_dict() == result.params.round(9).to_dict()


def test_it_asks_for_nothing_but_its_own_server(chromium: Any, server: Server) -> None:
    with page_of(chromium, server) as page:
        fitted(page, "low ~ age")
        assert page.asked
        assert {url.split("/")[2] for url in page.asked} == {server.host}
        assert page.wrongs == []
        assert "key=" not in page.url


def test_everyone_can_use_it_at_any_width_by_day_and_by_night(chromium: Any, server: Server) -> None:
    with page_of(chromium, server, bypass_csp=True) as page:
        check_looks(page, "empty")
        fitted(page, "low ~ age", "low ~ age + lwt + C(race) + smoke + ptl + ht + ui + ftv + age:lwt")
        page.click("details.more summary")
        check_looks(page, "fitted")
        page.fill("#formula", "low ~ agee")
        page.wait_for_selector("#formula-state .finding")
        check_looks(page, "wrong")


def check_looks(page: Any, step: str) -> None:
    """axe finds nothing, nothing scrolls sideways, and what is pressed is large enough for a finger."""
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL) == []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page, exclude=("iframe",)) == [], f"{step} {width} {scheme}"


def test_a_mistake_is_shown_at_its_place_while_it_is_typed(chromium: Any, server: Server) -> None:
    with page_of(chromium, server) as page:
        page.click("#example")
        page.wait_for_selector("#formula-state .good")
        page.fill("#formula", "low ~ age + nosuch(lwt)")
        page.wait_for_selector("#formula-state .excerpt mark")
        assert page.inner_text("#formula-state .excerpt mark") == "nosuch(lwt)"
        assert page.get_attribute("#formula", "aria-invalid") == "true"
        page.click("#fit")
        page.wait_for_selector("#formula:focus")
        page.fill("#formula", "low ~ C(race) + smoke")
        page.wait_for_selector("#formula-state .good")
        assert page.is_checked("[aria-label='Term: race']")
        assert page.input_value("[aria-label='How race enters: as']") == "categories"
        assert page.is_checked("[aria-label='Outcome: low']")
        assert not page.is_checked("[aria-label='Term: age']")


def test_hostile_names_and_levels_run_nothing(chromium: Any, server: Server, tmp_path: Path) -> None:
    rows = "".join(f"{k * 7 % 5 % 2},{SCRIPT if k % 3 else '=1+1'},{k}\n" for k in range(40))
    (tmp_path / "x.csv").write_text(f"y,{SCRIPT},`z`\n{rows}", "utf-8")
    with page_of(chromium, server) as page:
        page.set_input_files("#file", tmp_path / "x.csv")
        page.wait_for_selector("#facts table")
        page.check("[aria-label='Outcome: y']")
        page.check(f"[aria-label='Term: {SCRIPT}']")
        page.wait_for_selector("#formula-state .good")
        page.click("#fit")
        page.frame_locator("#page-frame iframe").locator("h1").wait_for()
        assert page.evaluate("document.images.length") == 0
        assert page.wrongs == []


def test_a_comparison_a_cancelled_fit_and_the_end(chromium: Any, server: Server) -> None:
    with page_of(chromium, server) as page:
        fitted(page, "low ~ age", "low ~ age + smoke")
        assert page.is_disabled("#compare")
        for box in page.locator("#models input").all():
            box.check()
        page.click("#compare")
        page.wait_for_selector("#reader-title:has-text('Comparison of Model')")
        frame = page.frame_locator("#page-frame iframe")
        assert frame.locator("h1").inner_text() == "Comparison of 2 models"
        page.fill("#formula", "low ~ lwt")
        page.wait_for_selector("#formula-state .good")
        page.click("#fit")
        page.click("#cancel")
        page.wait_for_selector("#fit-state:has-text('was stopped')")
        page.reload()
        page.wait_for_selector("#models li:nth-child(2)")
        page.click("#forget")
        page.wait_for_selector("#data-state:has-text('are removed')")
        assert not page.is_visible("#model")
        assert page.wrongs == []


def test_the_demo_runs_under_its_own_policy(chromium: Any, server: Server) -> None:
    with page_of(chromium, server) as page:
        page.goto(f"http://{server.host}/demo")
        page.click("#run")
        page.wait_for_selector("#rows tr:nth-child(3)")
        assert page.wrongs == []
