"""Reading `feature,label` lines."""

import io
import sys

import pytest

from statlogit.demo import TOY, read_interactively, read_pairs
from statlogit.errors import DataError
from tests.demo import cases


@pytest.mark.parametrize(("text", "message"), cases.REFUSED.items())
def test_a_line_that_cannot_be_read_is_named_with_its_text(text: str, message: str) -> None:
    with pytest.raises(DataError) as refusal:
        read_pairs(text)
    assert str(refusal.value) == message


@pytest.mark.parametrize(("text", "expected"), cases.READ.items())
def test_comments_blank_lines_and_a_header_are_allowed(text: str, expected: tuple) -> None:
    pairs = read_pairs(text)
    assert (pairs.x.tolist(), pairs.y.tolist(), (pairs.x_name, pairs.y_name)) == expected


def test_the_example_file_is_the_toy() -> None:
    assert cases.TOY == TOY


def test_equal_features_cannot_be_standardized() -> None:
    with pytest.raises(DataError, match="every x is 2: it cannot be standardized"):
        read_pairs(cases.CONSTANT).standardized()


def test_a_mistyped_line_is_explained_and_asked_for_again() -> None:
    answers = iter(["x,y", "1,0", "2,maybe", "2,1", ""])
    prompts, said = [], []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return next(answers)

    pairs = read_interactively(ask, said.append)
    assert pairs.x.tolist() == [1, 2]
    assert prompts == ["1> ", "2> ", "3> ", "3> ", "4> "]
    assert said[1:] == ['line 3: the label "maybe" is not a number in "2,maybe"']


def test_an_empty_first_answer_gives_the_toy() -> None:
    assert read_interactively(lambda _: "", lambda _: None).x.tolist() == [0.5, 2.5, 1.0, 3.0]


def test_a_terminal_is_asked_on_standard_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1,0\n2,1\n"))
    assert read_interactively().x.tolist() == [1, 2]
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0].startswith("Type one feature,label a line")
    assert err.endswith("1> 2> 3> ")
