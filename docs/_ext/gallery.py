"""Real reports, made while the site is built, and the sign of each format that has no page of its own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pandas as pd

import statlogit as sl

EXAMPLES = Path(__file__).parents[2] / "examples"
FORMATS = (".html", ".txt", ".md", ".tex", ".json", ".docx", ".xlsx")


def setup(app: Any) -> dict[str, bool]:
    app.connect("config-inited", _made)
    return {"parallel_read_safe": True}


def _made(app: Any, _config: Any) -> None:
    make(Path(app.srcdir) / "_generated" / "gallery")


def make(folder: Path) -> None:
    """The reports that gallery.md links to."""
    folder.mkdir(parents=True, exist_ok=True)
    births = pd.read_csv(EXAMPLES / "birthwt.csv")
    binary = sl.logit("low ~ age + lwt + C(race) + smoke", births)
    for suffix in FORMATS:
        binary.report(folder / f"birthwt{suffix}")
    other = sl.logit("low ~ age + lwt", births)
    sl.compare(other, binary).report(folder / "compare.html")
    budworm = pd.read_csv(EXAMPLES / "budworm.csv")
    sl.logit("cbind(dead, alive) ~ sex + ldose", budworm).report(folder / "grouped.html")
    women = pd.read_csv(EXAMPLES / "womenlf.csv")
    sl.multinomial("partic ~ hincome + children", women).report(folder / "multinomial.html")
    toy = pd.read_csv(EXAMPLES / "toy.csv")
    with warnings.catch_warnings(action="ignore"):  # which the report says at length
        sl.logit("y ~ x", toy, on_failure="warn").report(folder / "separated.html")
    robust = binary.with_covariance("HC3")
    robust.report(folder / "robust.html", validation=robust.validate("cv", folds=10, repeats=5))
    from statlogit import demo

    (folder / "demo.html").write_text(
        demo.page(demo.read_pairs((EXAMPLES / "hours.csv").read_text())), encoding="utf-8"
    )
