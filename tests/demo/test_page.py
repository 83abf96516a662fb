"""The demo page in a real Chromium: the same numbers as Python, nothing from anywhere, usable by everyone."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from statlogit.demo import Pairs, descend, exact, page, read_pairs
from statlogit.demo.page import build
from statlogit.errors import DataError
from tests.browser.pages import AXE
from tests.demo import cases

SAME = 1e-12  # of the larger of 1 and the number: sums are added in another order, and exp is another library's
browser_test = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("demo") / "demo.html"
    target.write_text(page(read_pairs(cases.TOY)), "utf-8")
    return target.as_uri()


def opened(chromium: Any, file: str, **options: Any) -> Any:
    """The page, ready, with everything that goes wrong collected in .wrongs."""
    tab = chromium.new_context(**{"reduced_motion": "reduce", **options}).new_page()
    tab.wrongs = []
    tab.on("pageerror", lambda error: tab.wrongs.append(str(error)))
    tab.on("console", lambda message: tab.wrongs.append(message.text))
    tab.on("request", lambda request: tab.wrongs.append(request.url) if request.url != file else None)
    tab.goto(file)
    until(tab, "Boolean(statlogitDemo.run())")
    return tab


def until(tab: Any, claim: str) -> None:
    """Wait for a claim about the page; playwright's own waiting needs eval, which the page's policy forbids."""
    for _ in range(500):
        if tab.evaluate(claim):
            return
        tab.wait_for_timeout(20)
    pytest.fail(f"never came true: {claim}")


def press_run(tab: Any) -> None:
    """Press Run and wait until the run is computed and shown to its end."""
    tab.evaluate("() => { globalThis.earlier = statlogitDemo.run() }")
    tab.click("#run")
    until(tab, "statlogitDemo.run() !== earlier && document.querySelector('#pause').disabled")


def ran(tab: Any, text: str, *, iterations: int, rate: str = "", standardize: bool = False) -> Any:
    """The trace that the page holds after Run."""
    tab.fill("#data", text)
    tab.fill("#iterations", str(iterations))
    tab.fill("#rate", rate)
    tab.set_checked("#standardize", standardize)
    press_run(tab)
    return tab.evaluate(
        "() => { const {trace, safe} = statlogitDemo.run();"
        " return {safe, w0: [...trace.w0], w1: [...trace.w1], loss: [...trace.loss]}; }"
    )


@browser_test
def test_ten_thousand_iterations_give_the_same_numbers_as_python(chromium: Any, file: str) -> None:
    tab = opened(chromium, file)
    for text, rate, standardize in [
        (cases.TOY, "", False),
        (cases.TOY, "0.1", False),
        (cases.HOURS, "", False),
        (cases.HOURS, "", True),
        (cases.QUASI, "0.5", False),
        (cases.FALLING, "", True),
        (cases.ONE_LABEL, "", False),
    ]:
        trace = ran(tab, text, iterations=10_000, rate=rate, standardize=standardize)
        pairs = read_pairs(text)
        rows = list(descend(pairs.standardized()[0] if standardize else pairs, float(rate) if rate else None, 10_000))
        for name in ("w0", "w1", "loss"):
            ours = np.array([getattr(row, name) for row in rows])
            np.testing.assert_allclose(trace[name], ours, rtol=SAME, atol=SAME)
    assert tab.wrongs == []


@browser_test
def test_the_end_is_the_same_as_in_python(chromium: Any, file: str) -> None:
    tab = opened(chromium, file)
    for text in [cases.TOY, cases.HOURS, cases.QUASI, cases.FALLING, cases.ONE_LABEL, cases.CONSTANT, "2,0\n2,1\n3,1"]:
        theirs = tab.evaluate("text => statlogitDemo.exact(statlogitDemo.readPairs(text))", text)
        ours = exact(read_pairs(text))
        assert theirs["kind"] == ours.kind
        if ours.kind == "maximum":
            assert [theirs["w0"], theirs["w1"], theirs["loss"]] == pytest.approx(
                [ours.w0, ours.w1, ours.loss], rel=SAME
            )
        else:
            assert (theirs["message"], theirs["threshold"]) == (ours.message, ours.threshold)
            assert theirs["limitLoss"] == pytest.approx(ours.limit_loss, rel=SAME)


@browser_test
def test_lines_are_read_and_refused_in_the_same_words_as_in_python(chromium: Any, file: str) -> None:
    tab = opened(chromium, file)
    for text, message in cases.REFUSED.items():
        reply = tab.evaluate("text => { try { statlogitDemo.readPairs(text) } catch (e) { return e.message } }", text)
        assert reply == message
        with pytest.raises(DataError, match=re.escape(message)):
            read_pairs(text)
    for text, expected in cases.READ.items():
        reply = tab.evaluate(
            "t => { const p = statlogitDemo.readPairs(t); return [[...p.x], [...p.y], p.xName, p.yName] }", text
        )
        assert (reply[0], reply[1], (reply[2], reply[3])) == expected


@browser_test
def test_an_error_names_the_line_selects_it_and_leaves_the_rest_standing(chromium: Any, file: str) -> None:
    tab = opened(chromium, file)
    tab.fill("#data", "1,0\n2,maybe\n3,1")
    tab.click("#run")
    assert tab.text_content("#error") == 'line 2: the label "maybe" is not a number in "2,maybe"'
    assert tab.get_attribute("#error", "role") == "alert"
    assert tab.get_attribute("#data", "aria-invalid") == "true"
    selected = "({value, selectionStart, selectionEnd}) => value.slice(selectionStart, selectionEnd)"
    assert tab.evaluate(f"({selected})(document.activeElement)") == "2,maybe"
    for field, text in [
        ("iterations", "1.5"),
        ("iterations", "0"),
        ("iterations", "1000000"),
        ("rate", "-1"),
        ("rate", "fast"),
    ]:
        tab.fill("#data", cases.TOY)
        tab.fill("#iterations", "10")
        tab.fill("#rate", "")
        tab.fill(f"#{field}", text)
        tab.click("#run")
        assert f'not "{text}"' in tab.text_content("#error")
        assert tab.get_attribute(f"#{field}", "aria-invalid") == "true"
    assert tab.wrongs == []


@browser_test
def test_step_pause_reset_and_the_slider_move_through_the_iterations(chromium: Any, file: str) -> None:
    tab = opened(chromium, file, reduced_motion="no-preference")
    rows = list(descend(read_pairs(cases.TOY), iterations=100))

    def shows(iteration: int) -> None:
        assert tab.text_content("#position-text") == str(iteration)
        assert tab.text_content("#now-w1") == f"{rows[iteration].w1:.8f}"

    shows(0)
    tab.click("#step")
    shows(1)
    assert "Iteration 1: w0 0.0000, w1 0.4075" in tab.text_content("#live")
    tab.focus("#position")
    tab.keyboard.press("ArrowRight")
    shows(2)
    tab.focus("#reset")
    tab.keyboard.press("Enter")
    shows(0)
    tab.click("#run")
    until(tab, "Number(document.querySelector('#position').value) > 1")
    tab.click("#pause")
    at = int(tab.text_content("#position-text"))
    assert 0 < at < 100
    tab.wait_for_timeout(150)
    shows(at)
    tab.click("#pause")
    until(tab, "document.querySelector('#live').textContent.startsWith('Iteration 100')")
    shows(100)
    assert "The data are separated" in tab.text_content("#live")
    assert tab.wrongs == []


@browser_test
def test_every_lesson_runs(chromium: Any, file: str) -> None:
    tab = opened(chromium, file)
    for value in tab.eval_on_selector_all("#lesson option", "all => all.map(one => one.value)"):
        tab.select_option("#lesson", value)
        until(tab, "document.querySelector('#position').value === '0'")
        press_run(tab)
        tab.check("#log")
        assert tab.evaluate("document.querySelectorAll('svg path[d*=NaN], svg [cx=NaN], svg [x1=NaN]').length") == 0
        tab.uncheck("#log")
    assert tab.wrongs == []


HOSTILE = "<script>alert(1)</script>"


@browser_test
def test_hostile_text_stays_text(chromium: Any, tmp_path: Path) -> None:
    names = (HOSTILE, 'a"b&c</textarea></script><img src=x onerror=alert(1)>@@SCRIPT@@')
    target = tmp_path / "hostile.html"
    target.write_text(page(Pairs(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), *names)), "utf-8")
    tab = opened(chromium, target.as_uri())
    tab.on("dialog", lambda dialog: tab.wrongs.append(dialog.message))
    assert tab.input_value("#data").splitlines()[0] == ",".join(names)
    press_run(tab)
    assert "Iteration 100" in tab.text_content("#live")
    assert HOSTILE in tab.text_content("#curve")
    tab.fill("#data", f"1,0\n{HOSTILE},1")
    tab.click("#run")
    assert HOSTILE in tab.text_content("#error")
    assert tab.evaluate("document.querySelectorAll('img, script').length") == 1
    assert tab.wrongs == []


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(chromium: Any, file: str, scheme: str) -> None:
    tab = opened(chromium, file, color_scheme=scheme, bypass_csp=True)
    for lesson in ("0", "1"):
        tab.select_option("#lesson", lesson)
        press_run(tab)
        tab.evaluate(AXE)
        found = tab.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
        assert found == []


@browser_test
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_scrolls_sideways(chromium: Any, file: str, width: int) -> None:
    tab = opened(chromium, file, viewport={"width": width, "height": 800})
    ran(tab, cases.HOURS, iterations=200)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@browser_test
def test_without_javascript_the_page_says_where_to_go(chromium: Any, file: str) -> None:
    tab = chromium.new_context(java_script_enabled=False).new_page()
    tab.goto(file)
    assert "statlogit demo" in tab.inner_text("noscript")


def test_the_policy_allows_exactly_the_script_and_the_style_of_the_page() -> None:
    text = build("1,0\n")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert not re.search(r"\s(?:style|on\w+|src|href)=", text.split("<script>")[0])


def test_the_page_is_the_same_on_a_second_run() -> None:
    assert page(read_pairs(cases.HOURS)) == page(read_pairs(cases.HOURS))
