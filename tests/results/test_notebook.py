"""What a notebook cell shows: four forms, small, and inert whatever the labels hold."""

import html.parser

import numpy as np
import pandas as pd
import pytest

import statlogit as sl

FORMS = {"text/plain", "text/html", "text/markdown", "text/latex"}
LIMIT = 15_000
LEVELS = ["<script>alert(1)</script>", "$\\input{x}$", "`|` & </style>"]


def births() -> pd.DataFrame:
    return pd.read_csv("examples/birthwt.csv")


class Tags(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]


@pytest.mark.parametrize("fit", [sl.logit, sl.multinomial])
def test_a_cell_shows_coefficients_in_four_forms_and_is_small(fit):
    outcome = "low" if fit is sl.logit else "race"
    r = fit(f"{outcome} ~ age + lwt + smoke", births())
    made = r._repr_mimebundle_()
    assert set(made) == FORMS
    assert sum(len(text.encode()) for text in made.values()) < LIMIT
    for text in made.values():
        assert "lwt" in text
    assert made["text/html"] == r._repr_html_()
    estimate = f"{abs(float(np.ravel(r.params.loc['age'])[0])):.4f}"
    assert all(estimate in text for text in made.values())


@pytest.mark.parametrize("fit", [sl.logit, sl.multinomial])
def test_hostile_labels_stay_text(fit):
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"g": rng.choice(LEVELS, 300), "x": rng.normal(size=300), "y": rng.integers(0, 2, 300)})
    data["c"] = rng.choice(LEVELS, 300)
    made = fit("y ~ x + g" if fit is sl.logit else "c ~ x", data)._repr_mimebundle_()
    tags = Tags(made["text/html"]).tags
    assert "script" not in tags
    assert tags.count("style") == 1
    assert "<script" not in made["text/markdown"]
    assert "\\input" not in made["text/latex"]
    assert "$" not in made["text/latex"].replace(r"\$", "")


def test_a_long_table_is_cut_and_says_so():
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"g": rng.integers(0, 300, 6_000), "y": rng.integers(0, 2, 6_000)})
    made = sl.logit("y ~ C(g)", data, penalty=sl.Ridge(1.0))._repr_mimebundle_()
    assert sum(len(text.encode()) for text in made.values()) < LIMIT
    assert "of 301 rows" in made["text/plain"]
