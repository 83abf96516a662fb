"""maketables and great_tables show our fits side by side. Run by `make neighbours`, skipped where they are absent."""

import pandas as pd
import pytest

import statlogit as sl

pytest.importorskip("maketables", reason="make neighbours", exc_type=ImportError)
pytestmark = pytest.mark.filterwarnings("ignore")

BIRTHS = pd.read_csv("examples/birthwt.csv")


@pytest.fixture(scope="module")
def results():
    return sl.logit("low ~ age", BIRTHS), sl.logit("low ~ age + C(race) + smoke", BIRTHS, covariance="HC3")


def cells(result, digits=3):
    """What a cell must hold: estimate and standard error."""
    tidy = result.tidy()
    return [f"{v:.{digits}f}" for v in (*tidy.estimate, *tidy.std_error)]


def test_html_holds_every_number(results):
    from statlogit.maketables import etable

    html = etable(*results).make("gt").as_raw_html()
    for text in (*cells(results[0]), *cells(results[1]), "low", "HC3", "189"):
        assert text in html


def test_latex_holds_every_number(results):
    from statlogit.maketables import etable

    tex = etable(*results).make("tex")
    assert tex.count(r"\begin{tabularx}") == 1
    for text in (*cells(results[0]), *cells(results[1]), "low"):
        assert text in tex


def test_word_holds_every_number(results, tmp_path):
    docx = pytest.importorskip("docx")
    from statlogit.maketables import etable

    etable(*results).make("docx").save(tmp_path / "t.docx")
    (table,) = docx.Document(str(tmp_path / "t.docx")).tables
    words = " ".join(cell.text for row in table.rows for cell in row.cells)
    for text in (*cells(results[0]), *cells(results[1])):
        assert text in words


def test_classes_are_named_with_their_columns():
    from statlogit.maketables import etable

    fitted = sl.multinomial("race ~ age", BIRTHS)
    tex = etable(fitted).make("tex")
    for text in (*cells(fitted), "age@2", "age@3"):
        assert text in tex
