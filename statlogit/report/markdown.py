"""Text that Markdown prints as it stands: no mark-up, no HTML, no table rule, no link, no mention."""

from __future__ import annotations

MARKS = {c: "\\" + c for c in "\\`*_[]|~"} | {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "@": "&#64;",
    "$": "&#36;",  # mathematics on some sites
}
AT_START = {"#", "-", "+", "="}  # a heading, a list, a rule


def escape(text: str) -> str:
    """Clean text made inert for GitHub's Markdown and for renderers that pass HTML through.

    >>> escape("<b>a|b</b>")
    '&lt;b&gt;a\\\\|b&lt;/b&gt;'
    >>> escape("# not a heading"), escape("https://example.org")
    ('\\\\# not a heading', 'https&#58;//example.org')
    """
    inert = "".join(MARKS.get(c, c) for c in text).replace("://", "&#58;//").replace("www.", "www&#46;")
    return "\\" + inert if inert[:1] in AT_START and not _is_number(inert) else inert


def _is_number(text: str) -> bool:
    """A negative number needs no escape: a list mark is followed by a blank."""
    return len(text) > 1 and text[1] != " " and text[0] in "-+"
