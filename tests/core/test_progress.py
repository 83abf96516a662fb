"""The progress bar: seen on a terminal after a second, wiped at the end, silent elsewhere."""

import io

from statlogit.core import progress
from statlogit.core.progress import line, tracked


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
    assert any("3/12" in frame for frame in frames)
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


def test_a_narrow_terminal_gets_the_count_alone():
    assert line("bootstrap", 5, 200, 61.0, 22) == "bootstrap   5/200"
    assert line("bootstrap", 5, 200, 61.0, 40).endswith("1m02s")
    assert len(line("bootstrap", 5, 200, 61.0, 8)) == 8
