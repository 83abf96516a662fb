"""The formats: same numbers, same bytes, and names from the data stay text."""

import base64
import hashlib
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from statlogit.report.build import build
from statlogit.report.export import to_json
from statlogit.report.render import (
    html_fragment,
    render_html,
    render_latex,
    render_markdown,
    render_text,
)
from statlogit.report.sandbox import template_folder
from statlogit.report.write import write_report
from tests.report import facts, golden
from tests.report.parsing import Page, html_tables, markdown_rows, plain

ALL = ("birthwt", "hostile", "separated", "multinomial")
FORMATS = {
    "txt": render_text,
    "html": render_html,
    "md": render_markdown,
    "tex": render_latex,
    "json": to_json,
    "nb": html_fragment,
}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "h3", "code", "bdi", "dl", "dt",
    "dd", "div", "span", "data", "nav", "ol", "li", "main", "section", "ul", "strong", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "desc", "line", "path", "circle", "text", "details",
    "summary",
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("form", FORMATS)
def test_the_same_bytes_twice(name: str, form: str) -> None:
    first, second = (FORMATS[form](build(getattr(facts, name)())) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_the_same_bytes_under_another_hash_seed(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from statlogit.report.build import build; from statlogit.report.write import write_report\n"
        "from tests.report import facts\n"
        "write_report(build(facts.birthwt()), sys.argv[1])"
    )
    made = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.html"
        root = Path(__file__).parents[2]
        subprocess.run(
            [sys.executable, "-c", code, str(target)], check=True, cwd=root, env={"PYTHONHASHSEED": seed, "PATH": ""}
        )
        made.append(target.read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("name", ["birthwt"])
@pytest.mark.parametrize(
    ("form", "suffix"), [("html", "html"), ("md", "md"), ("json", "json"), ("nb", "fragment.html")]
)
def test_golden_reports(name: str, form: str, suffix: str) -> None:
    golden.check(f"{name}.{suffix}", FORMATS[form](build(getattr(facts, name)())))


@pytest.mark.parametrize("name", ALL)
def test_html_and_markdown_have_the_same_tables(name: str) -> None:
    outline = build(getattr(facts, name)())
    from_html = [row for table in html_tables(render_html(outline)) for row in table]
    from_markdown = [[c for c in row] for row in markdown_rows(render_markdown(outline))]
    for row in from_html:
        wanted = row if len(row) > 1 else [row[0], *[""] * 8]
        assert wanted in from_markdown


@pytest.mark.parametrize("name", ["birthwt", "separated", "multinomial"])
def test_text_shows_the_numbers_of_html(name: str) -> None:
    outline = build(getattr(facts, name)())
    made = render_text(outline)
    lines = [line.split() for line in made.splitlines()]
    in_text = {word.strip(",()") for line in lines for word in line}
    for table in html_tables(render_html(outline)):
        heads = table[0]
        for row in (r for r in table[1:] if len(r) == len(heads)):
            cells = [c for h, c in zip(heads, row, strict=True) if h not in ("95% CI", "Events / n", "Term", "Level")]
            for word in " ".join(cells).replace(",", " ").split():
                assert word in in_text | {w.replace(",", "") for w in in_text}, (row, word)


def test_text_shows_the_facts_of_html() -> None:
    outline = build(facts.birthwt())
    flat = " ".join(render_text(outline).split())
    page = Page(render_html(outline))
    for label in ("Log-likelihood", "AIC", "BIC", "Brier score", "Iterations", "Digits certified", "Rows used"):
        assert f"{label} {plain(page.facts[label])}" in flat


def test_html_carries_every_estimate_in_full() -> None:
    values = set(Page(render_html(build(facts.birthwt()))).values)
    for estimate, error, z, p in facts.COEFFICIENTS.values():
        assert {repr(estimate), repr(error), repr(z), repr(p)} <= values


@pytest.mark.parametrize("name", ALL)
def test_html_holds_only_known_tags_and_one_style(name: str) -> None:
    page = Page(render_html(build(getattr(facts, name)())))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert [tag for tag, _ in page.tags].count("style") == 1
    assert page.open == []
    assert not any(key.startswith("on") or key in ("style", "src", "srcdoc") for _, a in page.tags for key in a)
    assert all(str(a["href"]).startswith("#") for tag, a in page.tags if tag == "a")


@pytest.mark.parametrize("name", ALL)
def test_ids_are_unique_and_references_resolve(name: str) -> None:
    page = Page(render_html(build(getattr(facts, name)())))
    ids = [str(a["id"]) for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    named = [n for _, a in page.tags for n in str(a.get("aria-labelledby", "")).split()]
    assert set(named) <= set(ids)
    assert {str(a["href"])[1:] for tag, a in page.tags if tag == "a"} <= set(ids)


def test_the_policy_allows_exactly_the_style() -> None:
    made = render_html(build(facts.birthwt()))
    style = re.search(r"<style>(.*?)</style>", made, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;" in made or (
        f"default-src 'none'; style-src 'sha256-{digest}'" in made
    )
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@pytest.mark.parametrize("form", ["html", "nb"])
def test_hostile_names_are_text_in_html(form: str) -> None:
    made = FORMATS[form](build(facts.hostile()))
    assert "<script" not in made
    assert "<img" not in made
    assert "\x1b" not in made
    assert "\u202e" not in made
    words = " ".join(Page(made).words)
    assert facts.SCRIPT in words
    assert facts.QUOTED in words
    assert "{{ 7*7 }} {% raw %}" in words, "a name is never a template"


def test_hostile_names_are_text_in_markdown() -> None:
    made = render_markdown(build(facts.hostile()))
    assert "<script" not in made
    assert "<img" not in made
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made
    rows = markdown_rows(made)
    names = [row[0] for row in rows]
    assert facts.SCRIPT in names
    assert "a|b`c*d_e[f](javascript:x)" in names
    widths = {len(row) for row in rows if len(row) > 2}
    assert widths == {3, 4, 6, 9}, "a bar in a name must not open a column"


def test_hostile_names_are_harmless_in_text() -> None:
    made = render_text(build(facts.hostile()))
    assert not any(ord(c) < 32 and c != "\n" for c in made)
    assert "\u202e" not in made
    assert facts.SCRIPT in made
    assert facts.QUOTED in made


@pytest.mark.parametrize("name", ALL)
def test_fragment_is_short_and_keeps_to_itself(name: str) -> None:
    made = html_fragment(build(getattr(facts, name)()))
    assert len(made.encode()) < 15_000
    style = re.search(r"<style>(.*?)</style>", made, re.S)
    assert style is not None
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media[^{]+\{", "", style[1]))
    assert all(
        part.strip().startswith((".statlogit-result", "[data-jp", ".vscode"))
        for s in selectors
        for part in re.split(r",(?![^(]*\))", s)
    )


def test_json_is_the_tree_in_full_precision() -> None:
    tree = json.loads(to_json(build(facts.birthwt())))
    assert tree["schema"] == "statlogit-report-1"
    (table,) = [b for s in tree["sections"] for b in s["blocks"] if b["type"] == "CoefficientTable"]
    assert [r["estimate"] for r in table["rows"] if not r["is_reference"]] == [
        v[0] for v in facts.COEFFICIENTS.values()
    ]


def test_json_is_strict() -> None:
    def refuse(name: str) -> float:
        raise AssertionError(name)

    tree = json.loads(to_json(build(facts.separated())), parse_constant=refuse)
    (table,) = [b for s in tree["sections"] for b in s["blocks"] if b["type"] == "CoefficientTable"]
    assert [r["estimate"] for r in table["rows"]][1:4] == ["inf", "-inf", "nan"]


@pytest.mark.parametrize("suffix", [".html", ".HTM", ".txt", ".md", ".tex", ".json"])
def test_write_report_by_suffix(tmp_path: Path, suffix: str) -> None:
    target = write_report(build(facts.birthwt()), tmp_path / f"r{suffix}")
    assert target.read_bytes().endswith(b"\n") or suffix.lower().startswith(".htm")
    assert b"\r" not in target.read_bytes()


@pytest.mark.parametrize("name", ["r.pdf", "report"])
def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"known: \.html, \.htm, \.txt, \.md, \.tex, \.json, \.docx, \.xlsx"):
        write_report(build(facts.birthwt()), tmp_path / name)


def test_templates_are_found_and_hold_no_arithmetic() -> None:
    for path in template_folder().glob("*.j2"):
        for expression in re.findall(r"\{[{%](.*?)[%}]\}", path.read_text("utf-8"), re.S):
            bare = re.sub(r"\"[^\"]*\"", "", expression).strip("-")
            assert not re.search(r"[*/%]|\s\+\s|\s-\s|\|\s*(round|format|int|float|abs|sum)\b", bare), (
                path.name,
                expression,
            )


def test_a_long_trace_folds() -> None:
    trace = facts.birthwt().trace
    assert trace is not None
    rows = tuple((i, -100.0 - 1.0 / (i + 1), 2.0**-i, 4.0**-i, 0.1, 0) for i in range(300))
    made = render_html(build(replace(facts.birthwt(), trace=replace(trace, rows=rows))))
    assert "<details>" in made
    assert len(made.encode()) < 300_000


def test_no_p_value_prints_as_zero() -> None:
    rows = (facts.finite_row("x", 1.0, 0.025, 40.0, 0.0, log_p=-803.6), facts.finite_row("y", 1.0, 0.2, 5.0, 5.7e-7))
    outline = build(replace(facts.birthwt(), coefficients=rows))
    for render in (render_text, render_markdown, render_html):
        made = render(outline).replace("\u2212", "-")
        assert "1.0e-349" in made
        assert "&lt;0.001" in made or "<0.001" in made
    assert not math.isnan(float(Page(render_html(outline)).values[0]))
