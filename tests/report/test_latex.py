"""LaTeX: inert names, no package beyond the base, and one real compilation where pdflatex is there."""

import random
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from statlogit.report.build import build
from statlogit.report.latex import escape
from statlogit.report.render import render_latex
from tests.report import facts
from tests.report.test_any_values import any_row

NAMES = (r"\input{/etc/passwd}", r"\write18{touch x}", "a%b$c#d&e_f^g~h{i}", "``--''?`!`", "[x]*", "日本 µé ﬁ 🎉 Ω ы")
COMMANDS = {
    "textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar", "textquotedbl",
    "textquotesingle", "textasciigrave", "allowbreak", "symbolof", "ensuremath", "textendash", "textellipsis",
    "mu", "Omega",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_gives_no_command_of_its_own(name: str) -> None:
    made = escape(name)
    assert set(re.findall(r"\\([A-Za-z]+)", made)) <= COMMANDS
    unescaped = re.sub(r"\\[{}$&#%_]", "", made)
    assert unescaped.count("{") == unescaped.count("}")
    assert not re.search(r"[$&#%_~^]", unescaped)


def test_greek_letters_are_those_of_mathematics() -> None:
    assert escape("Δ χ² λ") == r"\ensuremath{\Delta} \ensuremath{\chi}\textsuperscript{2} \ensuremath{\lambda}"


def hostile() -> facts.ReportFacts:
    rows = facts.birthwt_rows(NAMES[0], (NAMES[1], NAMES[2], NAMES[3]))
    more = tuple(facts.finite_row(name, 1.0, 0.2, 5.0, 5.7e-7) for name in (*NAMES, "w" * 300, ""))
    return replace(facts.hostile(), coefficients=(*rows, *more), formula=" + ".join(NAMES))


def test_figures_are_told_in_words() -> None:
    assert "Area under the curve 0.684" in render_latex(build(facts.birthwt()))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("name", ["hostile", "any"])
def test_a_real_latex_compiles_it(tmp_path: Path, name: str) -> None:
    chance = random.Random(4)
    rows = tuple(any_row(chance) for _ in range(40))
    shown = hostile() if name == "hostile" else replace(facts.hostile(), coefficients=rows)
    (tmp_path / "r.tex").write_text(render_latex(build(shown)), encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "r.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    told = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, told[-1500:]
    assert "root:" not in told
    assert (tmp_path / "r.pdf").stat().st_size > 10_000
