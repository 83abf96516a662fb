"""A page in Chromium that remembers what it asked for and what went wrong, and what axe has to say of it."""

from pathlib import Path
from typing import Any

AXE = Path(__file__).with_name("axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BY_RULES = "([context, rules]) => axe.run(context, {runOnly: {type: 'tag', values: rules}})"


def opened(chromium: Any, address: str, patience: float | None = None, **options: Any) -> Any:
    """The page with what it asked for in .asked and what went wrong in .wrongs. patience: milliseconds."""
    page = chromium.new_context(**options).new_page()
    page.asked, page.wrongs = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.wrongs.append(message.text))
    page.on("pageerror", lambda error: page.wrongs.append(str(error)))
    page.on("dialog", lambda dialog: (page.wrongs.append(dialog.message), dialog.dismiss()))
    if patience is not None:
        page.set_default_timeout(patience)
    page.goto(address)
    return page


def closed(page: Any) -> None:
    page.context.close()


def violations(page: Any, exclude: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Rule, help and first place of whatever axe finds, the excluded elements aside."""
    page.evaluate(AXE)
    found = page.evaluate(BY_RULES, [{"include": ["html"], "exclude": list(exclude)}, RULES])
    assert found["passes"]
    return [(v["id"], v["help"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
