"""The process that reads and fits: one request on standard input, messages on standard output, then its end.

It runs in the folder of its job, writes there only, and ends with the server: standard input stays open until then.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statlogit.results import LogitResult, MultinomialResult
    from statlogit.solvers.protocol import Iterate

GRACE = 5  # seconds of processor time past the limit
FORMATS = (".html", ".txt", ".docx", ".xlsx")
ROOM = 5_000_000  # bytes that a file may have beyond twice the upload: reports of small data
Say = Callable[[dict[str, Any]], None]


def main() -> None:
    """Answer one request."""
    say = _speaker()
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_server, daemon=True).start()
    limit(request["limits"])
    say(answer(request, say))


def answer(request: dict[str, Any], say: Say) -> dict[str, Any]:
    """The last message: a result, or an error in words."""
    from statlogit.errors import FormulaError, StatlogitError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {"result": TASKS[request["task"]](request, say)}
    except FormulaError as error:
        place = {"start": error.start, "end": error.end, "hint": error.hint}
        return {"error": {"message": error.message, **place}}
    except StatlogitError as error:
        return {"error": {"message": str(error)}}
    except MemoryError:
        allowed = request["limits"]["memory"] / (1 << 30)
        return {"error": {"message": f"This needs more than {allowed:g} GB of memory. Use fewer rows or terms."}}
    except Exception:
        import traceback

        traceback.print_exc()
        return {"error": {"message": "This failed by a mistake of ours; the terminal shows where."}}


def read(request: dict[str, Any], say: Say) -> dict[str, Any]:
    """Make the upload plain and tell its columns."""
    from statlogit.design.files import read_csv
    from statlogit.web.facts import describe
    from statlogit.web.table import make_plain

    say({"stage": "Reading the file"})
    limits = request["limits"]
    plain = make_plain(Path("upload"), Path("data.csv"), limits["rows"], limits["columns"])
    Path("upload").unlink()
    say({"stage": "Looking at the columns"})
    frame = read_csv("data.csv")
    return {"n_rows": plain.n_rows, "notes": plain.notes, "columns": describe(frame)}


def fit(request: dict[str, Any], say: Say) -> dict[str, Any]:
    """Fit, and write the model and every report that can be written."""
    from statlogit.design.files import read_csv
    from statlogit.report.write import write_report

    say({"stage": "Reading the data"})
    frame = read_csv(request["data"])
    say({"stage": "Fitting"})
    count = itertools.count()
    result, failure = fitted(request["fit"], frame, lambda _: say({"stage": "Fitting", "iteration": next(count)}))
    say({"stage": "Writing the report"})
    tree = _tree(result, request["fit"]["level"])
    written = []
    for suffix in _writable(FORMATS):
        write_report(tree, f"report{suffix}")
        written.append(suffix)
    result.save("model.json")
    return _summary(result, failure) | {"formats": written, "tiles": _tiles(tree)}


def compare(request: dict[str, Any], say: Say) -> dict[str, Any]:
    """Fit each model to the rows that are complete for all, and write the comparison."""
    from dataclasses import replace

    from statlogit.design.complete import complete_rows
    from statlogit.design.files import read_csv
    from statlogit.results import compare as beside

    say({"stage": "Reading the data"})
    frame = read_csv(request["data"])
    fits = request["fits"]
    options = [_options(asked) for asked in fits]
    common = complete_rows([f["formula"] for f in fits], frame, **(_preparation(fits[0])))
    results = []
    for k, asked in enumerate(fits, start=1):
        say({"stage": f"Fitting model {k} of {len(options)}"})
        results.append(fitted(asked, common.data, lambda _: None)[0])
    names = request["names"]
    notes = (common.sentence,) if common.sentence else ()
    found = replace(beside(*results, names=names), notes=notes)
    say({"stage": "Writing the comparison"})
    written = [suffix for suffix in _writable(FORMATS) if found.report(f"report{suffix}")]
    return {"formats": written, "names": names}


TASKS: dict[str, Callable[[dict[str, Any], Say], dict[str, Any]]] = {"read": read, "fit": fit, "compare": compare}


def fitted(
    asked: dict[str, Any], frame: Any, progress: Callable[[Iterate], None]
) -> tuple[LogitResult | MultinomialResult, str | None]:
    """The result, also where it is no finite maximum, and what is wrong with it then."""
    from statlogit.api import logit, multinomial
    from statlogit.errors import FitError

    call: Any = multinomial if asked["family"] == "multinomial" else logit
    try:
        return call(asked["formula"], frame, progress=progress, **_options(asked)), None
    except FitError as error:
        if error.result is None:
            raise
        return error.result, str(error).removesuffix(' on_failure="warn" returns the partial result.')


def _options(asked: dict[str, Any]) -> dict[str, Any]:
    from statlogit.api import Firth, Ridge

    penalty = {"none": None, "firth": Firth(), "ridge": Ridge(1.0, "standardised")}[asked["penalty"]]
    return _event(asked) | {"penalty": penalty, "covariance": asked["covariance"]}


def _event(asked: dict[str, Any]) -> dict[str, Any]:
    if asked["event"] is None:
        return {}
    return {"reference" if asked["family"] == "multinomial" else "event": asked["event"]}


def _preparation(asked: dict[str, Any]) -> dict[str, Any]:
    return _event(asked) | {"multinomial": asked["family"] == "multinomial"}


def _tree(result: Any, level: float) -> Any:
    """The report as a tree, made once for all formats."""
    from statlogit.results import LogitResult, multinomial_report, summary
    from statlogit.results.validation_report import validated

    room = summary if isinstance(result, LogitResult) else multinomial_report
    return validated(room.outline(result, level), result.fit, level, True)


def _tiles(tree: Any) -> list[list[str]]:
    """The figures at the top of the report, as text."""
    from statlogit.report.page import page

    return [[item.label, item.cell.text] for item in page(tree).highlights]


def _writable(suffixes: Iterable[str]) -> list[str]:
    from statlogit.errors import ReportError
    from statlogit.report.write import check_format

    found = []
    for suffix in suffixes:
        try:
            check_format(f"report{suffix}")
        except ReportError:
            continue
        found.append(suffix)
    return found


def _summary(result: Any, failure: str | None) -> dict[str, Any]:
    frame = result.fit.frame
    return {
        "models": frame.response.sentence,
        "formula": frame.design.formula,
        "status": str(result.status),
        "failure": failure,
        "findings": [
            {"severity": f.severity, "sentence": f.sentence, "remedy": f.remedy} for f in result.findings
        ],
    }  # fmt: skip


def limit(limits: dict[str, float]) -> None:
    """Bound memory, processor time and files; where the system knows no such limits the server's clock remains."""
    try:
        import resource
    except ImportError:
        return
    threads = os.cpu_count() or 1
    seconds = int(limits["time"] * threads) + GRACE
    bounds = {
        resource.RLIMIT_AS: int(limits["memory"]),
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 2 * int(limits["upload"]) + ROOM,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in bounds.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard), hard))


def _speaker() -> Say:
    """Messages go to what was standard output; what others print goes to standard error."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        channel.write(json.dumps(message).encode() + b"\n")

    return say


def _end_with_server() -> None:
    while os.read(0, 1 << 10):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
