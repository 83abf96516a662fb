"""For people who read by keyboard or by ear: what scrolls can be reached, the menu's headings have a level."""

from __future__ import annotations

from typing import Any

CHANGES = {
    "body": {"<pre>": '<pre tabindex="0">', '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper'},
    "furo_navigation_tree": {'role="heading"': 'role="heading" aria-level="2"'},
}
AFTER_THE_THEME = 900  # priority; the theme's own handler, which makes the tree, has the usual 500


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", _changed, priority=AFTER_THE_THEME)
    return {"parallel_read_safe": True}


def _changed(_app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    for part, changes in CHANGES.items():
        for found, wanted in changes.items():
            if part in context:
                context[part] = context[part].replace(found, wanted)
