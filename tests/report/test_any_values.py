"""Whatever the numbers and names are, every format prints them, within its width and as text."""

import json
import math
import random
from dataclasses import replace

import jsonschema
import pytest

from statlogit.figures import ForestFigure
from statlogit.report.build import build
from statlogit.report.characters import columns
from statlogit.report.export import to_json
from statlogit.report.figures import draw
from statlogit.report.outline import CoefficientRow
from statlogit.report.render import html_fragment, render_html, render_latex, render_markdown, render_text
from statlogit.report.schema import report_schema
from tests.report import facts
from tests.report.parsing import Page
from tests.report.test_figures import inside

NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.05, 1e-300, 1e-12, 5e-324, 1e12, 1.7e308, -1e5, math.inf, -math.inf, math.nan)
LETTERS = "aZ09_ .:,;()[]{}<>&\"'`|\\*#$@~^%=+-/?!\n\t\x00\x1b\x7f\u202e\u200b\u200d日本é\u0301🎉\ud800"

SCHEMA = jsonschema.Draft202012Validator(report_schema())


def any_row(chance: random.Random) -> CoefficientRow:
    def number() -> float:
        return chance.choice((*NUMBERS, chance.gauss(0, 1), chance.gauss(0, 1) * 10 ** chance.uniform(-20, 20)))

    def name() -> str:
        return "".join(chance.choice(LETTERS) for _ in range(chance.choice((0, 1, 5, 20, 120))))

    return CoefficientRow(
        term=name(), label=name(), variable=chance.choice(("", name(), "g")),
        level=chance.choice((None, 3, name())), outcome="",
        estimate=number(), std_error=abs(number()), z=number(),
        p_value=chance.choice((0.0, 1.0, 0.03, math.nan, 1e-200)),
        log_p=chance.choice((None, -5.0, -1e6, -math.inf, math.nan)), conf_low=number(), conf_high=number(),
        odds_ratio=abs(number()), or_low=abs(number()), or_high=abs(number()), is_reference=chance.random() < 0.2,
        is_aliased=chance.random() < 0.1, n=chance.choice((None, 3, 1e6, 2.5)), n_events=chance.choice((None, 0, 17)),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_any_values(seed: int) -> None:
    chance = random.Random(seed)
    rows = tuple(any_row(chance) for _ in range(chance.randrange(1, 12)))
    outline = build(replace(facts.hostile(), coefficients=rows))
    made = render_text(outline)
    assert max(columns(line) for line in made.splitlines()) <= 80
    assert made.isprintable() or not any(ord(c) < 32 and c != "\n" for c in made)
    assert "<script" not in render_markdown(outline) + render_html(outline) + html_fragment(outline)
    assert Page(render_html(outline)).open == []
    SCHEMA.validate(json.loads(to_json(outline)))
    for form in (made, render_html(outline), render_markdown(outline), render_latex(outline), to_json(outline)):
        assert form.encode("utf-8")
    for block in (b for s in outline.sections for b in s.blocks if isinstance(b, ForestFigure)):
        assert all(inside(drawing) for drawing in draw(block))
