"""The demo as one static HTML file: no request, no framework, a policy that allows only its own script and style."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from statlogit._version import __version__
from statlogit.demo.pairs import Pairs

SCRIPTS = ("arithmetic.js", "plots.js", "words.js", "controls.js")
PLACE = re.compile("@@([A-Z]+)@@")


def page(pairs: Pairs) -> str:
    """The demo as one self-contained HTML file, its text area holding these rows."""
    rows = "".join(f"{float(x)!r},{y:g}\n" for x, y in zip(pairs.x, pairs.y, strict=True))
    return build(f"{pairs.x_name},{pairs.y_name}\n{rows}")


def build(data: str) -> str:
    """The page with these `feature,label` lines in its text area. data is untrusted text."""
    parts = _folder() / "demo"
    style = (parts / "page.css").read_text("utf-8")
    script = "\n".join((parts / name).read_text("utf-8") for name in SCRIPTS)
    filled = {
        "STYLE": style,
        "SCRIPT": script,
        "POLICY": policy(script, style),
        "DATA": html.escape(data),
        "VERSION": html.escape(__version__),
    }
    return PLACE.sub(lambda place: filled[place[1]], (parts / "page.html").read_text("utf-8"))


def policy(script: str, style: str) -> str:
    """The content security policy: this script, this style, and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _folder() -> Path:
    """reports/templates: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "report" / "templates"
    return shipped if shipped.is_dir() else package.parent / "reports" / "templates"
