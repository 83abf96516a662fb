"""A user's templates: theirs where they have one, ours elsewhere, and no way out of the sandbox."""

from pathlib import Path

import pytest

from statlogit.errors import ReportError
from statlogit.report.build import build
from statlogit.report.write import check_format, write_report
from tests.report import facts


def made(tmp_path: Path, suffix: str = ".html", **files: str) -> str:
    """A report of birthwt with these templates."""
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    for name, source in files.items():
        (folder / name.replace("__", ".")).write_text(source, encoding="utf-8")
    return write_report(build(facts.hostile()), tmp_path / f"r{suffix}", folder).read_text("utf-8")


def test_a_page_of_ones_own_with_our_partials(tmp_path: Path) -> None:
    source = (
        '{% import "parts.html.j2" as parts %}<h1>Mine: {{ page.title }}</h1>'
        '{% for s in page.sections if s.key == "coefficients" %}'
        "{% for b in s.blocks %}{{ parts.block(b) }}{% endfor %}{% endfor %}"
    )
    shown = made(tmp_path, report__html__j2=source)
    assert shown.startswith("<h1>Mine: Binary logistic regression</h1>")
    assert "<table>" in shown
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_a_style_of_ones_own_gets_its_place_in_the_policy(tmp_path: Path) -> None:
    shown = made(tmp_path, report__css="body{color:#123456}")
    assert "<style>body{color:#123456}</style>" in shown
    assert "sha256-" in shown


@pytest.mark.parametrize(
    ("suffix", "name", "source"),
    [
        (".txt", "report__txt__j2", "{% for line in page.head %}{{ line }}\n{% endfor %}"),
        (".md", "report__md__j2", "# {{ page.title | md }}\n"),
        (".tex", "report__tex__j2", "\\section{<< page.title | tex >>}\n"),
    ],
)
def test_other_formats_take_templates_too(tmp_path: Path, suffix: str, name: str, source: str) -> None:
    shown = made(tmp_path, suffix, **{name: source})
    assert "inary logistic regression" in shown
    assert len(shown) < 2000


@pytest.mark.parametrize(
    "attack",
    [
        "{{ page.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ page.title.__init__.__globals__ }}",
        "{{ (page|attr('__class__')) }}",
        "{{ [page] | map(attribute='__class__') | list }}",
        "{{ '{0.__class__}'.format(page) }}",
        "{{ '%s' % page }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 2 ** 1000000 }}",
        "{{ 'x' | center(1000000000) }}",
        "{{ range(10) }}",
        "{{ lipsum.__globals__ }}",
        "{{ cycler }}",
        "{{ self.__init__ }}",
        "{{ page.title | safe }}",
        "{% autoescape false %}{{ page.title }}{% endautoescape %}",
        '{% include "/etc/passwd" %}',
        '{% include "../secret.txt" %}',
        '{% include "link.txt" %}',
        "{% include 'parts.html.j2/../../../etc/passwd' %}",
        "{% set page.title = 'x' %}",
        "{{ unknown }}",
        "{% for %}",
    ],
)
def test_attacks_end_in_an_error_that_names_the_template(tmp_path: Path, attack: str) -> None:
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ReportError, match="template ") as caught:
        made(tmp_path, report__html__j2=attack)
    assert "SECRET" not in str(caught.value)
    assert not (tmp_path / "r.html").exists()


def test_a_style_sheet_cannot_leave_its_element(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no mark-up"):
        made(tmp_path, report__css="</style><script>alert(1)</script>")


def test_folders_that_cannot_be_meant_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="is no folder"):
        check_format("r.html", tmp_path / "none")
    (tmp_path / "report.html").write_text("x")
    with pytest.raises(ReportError, match=r"none of the files a report uses: .*report\.html\.j2"):
        check_format("r.html", tmp_path)
    with pytest.raises(ReportError, match="without any"):
        check_format("r.json", tmp_path)
