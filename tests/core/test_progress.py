"""The progress bar: seen on a terminal after a second, wiped at the end, silent elsewhere."""

import io

import pytest

from statlogit.core import progress
from statlogit.core.progress import counted, in_passes, line, tracked


class Terminal(io.StringIO):
    def isatty(self):
        return True


def clock(monkeypatch, step):
    times = iter(range(10_000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: step * next(times))


def test_slow_work_draws_a_line_no_wider_than_the_terminal_and_wipes_it(monkeypatch):
    clock(monkeypatch, 0.5)
    monkeypatch.setenv("COLUMNS", "50")
    out = Terminal()
    assert list(tracked(range(12), 12, "bootstrap", out)) == list(range(12))
    frames = out.getvalue().split("\r")
    assert any("] 3 of 12, about" in frame for frame in frames)
    assert max(map(len, frames)) <= 49
    assert frames[-2:] == [" " * len(frames[-3]), ""]


def test_quick_work_and_other_streams_stay_silent(monkeypatch):
    clock(monkeypatch, 0.01)
    terminal, file = Terminal(), io.StringIO()
    list(tracked(range(5), 5, "bootstrap", terminal))
    clock(monkeypatch, 10.0)
    list(tracked(range(5), 5, "bootstrap", file))
    assert terminal.getvalue() == file.getvalue() == ""


def test_the_line_is_wiped_when_the_work_fails(monkeypatch):
    clock(monkeypatch, 2.0)
    out = Terminal()
    items = tracked(range(9), 9, "bootstrap", out)
    for item in items:
        if item == 4:
            break
    items.close()
    assert out.getvalue().endswith(" \r")


def test_a_narrow_terminal_gets_the_words_alone():
    assert line("bootstrap", "5 of 200, about 61 s left", 0.02, 38) == "bootstrap: 5 of 200, about 61 s left"
    assert line("bootstrap", "5 of 200", None, 60) == "bootstrap: 5 of 200"
    assert len(line("bootstrap", "5 of 200", 0.02, 8)) == 8


def drawn(out):
    return [frame.rstrip() for frame in out.getvalue().split("\r") if frame.strip()]


def test_passes_over_rows_are_one_line_with_the_time_left(monkeypatch):
    clock(monkeypatch, 0.5)
    monkeypatch.setenv("COLUMNS", "80")
    out = Terminal()
    with in_passes("fit", 4, stream=out) as passes:
        for k in range(5):
            with counted(20_000_000) as done:
                for _ in range(4):
                    done(5_000_000)
            passes.expected = 4 if k < 3 else None
    shown = drawn(out)
    assert any("] pass 2 of about 4, 15.0M of 20.0M rows, about" in frame for frame in shown)
    assert shown[-1].startswith("fit: pass 5, 20.0M of 20.0M rows, ")
    assert shown[-1].endswith(" s so far")
    assert max(map(len, shown)) <= 79
    assert out.getvalue().endswith(" \r")


def test_the_time_left_is_that_of_all_passes(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    out = Terminal()
    with in_passes("fit", 6, stream=out):
        for _ in range(2):
            with counted(100) as done:
                now[0] += 3.0
                done(100)
    assert "pass 1 of about 6, 100 of 100 rows, about 15 s left" in drawn(out)[0]
    assert "pass 2 of about 6, 100 of 100 rows, about 12 s left" in drawn(out)[1]


def test_rows_that_nobody_knows_are_those_of_the_pass_before(monkeypatch):
    clock(monkeypatch, 1.0)
    out = Terminal()
    with in_passes("fit", 2, stream=out):
        for _ in range(2):
            with counted(None) as done:
                done(300)
                done(400)
    shown = drawn(out)
    assert "pass 1 of about 2, 300 rows, " in shown[0]
    assert "pass 2 of about 2, 300 of 700 rows, about" in shown[2]


def read(rows):
    with counted(1000) as done:
        done(rows)
        if rows != 1000:
            raise KeyboardInterrupt


def fitting(expected, passes, **options):
    with in_passes("fit", expected, **options):
        for rows in passes:
            read(rows)
        raise KeyboardInterrupt


def notes(work, *arguments, **options):
    with pytest.raises(KeyboardInterrupt) as caught:
        work(*arguments, **options)
    return getattr(caught.value, "__notes__", [])


def test_an_interrupt_is_told_how_far_the_passes_came():
    third = notes(fitting, 7, [1000, 1000, 250], sooner="wait")
    assert third == ["stopped in pass 3 of about 7, after 250 of 1,000 rows", "wait"]
    assert notes(fitting, None, [1000, 1000]) == ["stopped after pass 2 over 1,000 rows"]
    assert notes(fitting, 7, [], sooner="wait") == []
    assert notes(read, 400) == ["stopped after 400 of 1,000 rows"]


def test_a_work_within_another_work_has_its_own_passes():
    with in_passes("outer", 3) as outer, in_passes("inner", 2), counted(10) as done:
        done(10)
    assert outer.reached.startswith("stopped after pass 0")
