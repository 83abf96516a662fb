"""What a request may say, and what the gate says of a formula while it is typed."""

import time
from typing import Any

import pytest
from starlette.datastructures import Headers

from statlogit.web.asked import fit_of, models_of
from statlogit.web.checking import checked
from statlogit.web.guard import check
from statlogit.web.limits import Limits
from statlogit.web.refusal import Refusal

LIMITS = Limits()
HOSTS = frozenset({"127.0.0.1:8712", "localhost:8712"})
OURS = {"host": "127.0.0.1:8712", "origin": "http://127.0.0.1:8712", "sec-fetch-site": "same-origin"}
SECONDS = 2.0  # one check on a busy machine; it takes milliseconds


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "formula is missing"),
        ({"formula": 3}, "formula is missing"),
        ({"formula": "y ~ x" * 2_000}, "10,000 characters"),
        ({"formula": "y ~ x", "path": "/etc/passwd"}, "'path', which is not known"),
        ({"formula": "y ~ x", "family": "poisson"}, "family must be one of"),
        ({"formula": "y ~ x", "family": ["binary"]}, "family must be one of"),
        ({"formula": "y ~ x", "event": {"a": 1}}, "event must be"),
        ({"formula": "y ~ x", "level": 2}, "level must be"),
        ({"formula": "y ~ x", "family": "multinomial", "penalty": "firth"}, "two levels"),
    ],
)
def test_a_fit_says_known_things_only(body: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        fit_of(body, LIMITS)


@pytest.mark.parametrize("asked", [None, [1], [1, 1], [1, 9], ["1", "2"], [True, 2]])
def test_a_comparison_names_two_models_that_are_there(asked: Any) -> None:
    with pytest.raises(Refusal):
        models_of({"models": asked}, {1: None, 2: None})


def test_the_place_of_a_mistake_is_told() -> None:
    found = checked("low ~ agee + lwt", ["low", "age", "lwt"])["error"]
    assert (found["start"], found["end"]) == (6, 10)
    assert "did you mean 'age'" in found["message"]
    found = checked("low ~ age +", ["low", "age"])["error"]
    assert found["start"] is not None


def test_a_formula_that_passes_says_what_it_reads() -> None:
    found = checked("low ~ `a b` * C(g)", ["low", "a b", "g"])
    assert found["response_columns"] == ["low"]
    assert found["variables"] == ["a b", "g"]
    assert found["terms"] == ["a b", "C(g)", "a b:C(g)"]


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('id') ~ x",
        "y ~ Q(__import__('os'))",
        "y ~ x.__class__",
        "y ~ " + "(" * 2_000 + "x" + ")" * 2_000,
        "y ~ (" + " + ".join(f"c{k}" for k in range(500)) + ")**25",
        "y ~ " + "*".join(f"c{k}" for k in range(40)),
        "y ~ poly(x, 999999999)",
        "y ~ \0",
        "~" * 5_000,
        "y ~ 'unfinished",
    ],
)
def test_hostile_formulas_are_refused_at_once(formula: str) -> None:
    begin = time.process_time()
    found = checked(formula, ["y", "x", *(f"c{k}" for k in range(500))])
    assert found["error"]["message"]
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize(
    ("method", "path", "changes", "status"),
    [
        ("GET", "/", {}, None),
        ("POST", "/fits", {}, None),
        ("GET", "/", {"host": "evil.example:8712"}, 403),
        ("GET", "/", {"host": "127.0.0.1"}, 403),
        ("GET", "/", {"host": "127.0.0.1:8712.evil.example"}, 403),
        ("GET", "/", {"host": None}, 403),
        ("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, None),
        ("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ("GET", "/state", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
        ("GET", "/state", {"sec-fetch-site": "same-site"}, 403),
        ("POST", "/fits", {"origin": "http://evil.example"}, 403),
        ("POST", "/fits", {"origin": "null"}, 403),
        ("POST", "/fits", {"origin": None}, 403),
        ("POST", "/fits", {"origin": "http://localhost:8712"}, 403),
        ("POST", "/fits", {"sec-fetch-site": "same-site"}, 403),
        ("DELETE", "/session", {"origin": "http://127.0.0.1:9999"}, 403),
        ("POST", "/data", {"content-encoding": "gzip"}, 415),
        ("POST", "/data", {"content-length": "2000000000"}, 413),
        ("POST", "/data", {"content-length": "9" * 50}, 413),
        ("POST", "/data", {"content-length": "-1"}, 400),
    ],
)
def test_the_guard(method: str, path: str, changes: dict[str, str | None], status: int | None) -> None:
    headers = Headers({k: v for k, v in (OURS | changes).items() if v is not None})
    if status is None:
        check(method, path, headers, HOSTS, LIMITS)
        return
    with pytest.raises(Refusal) as found:
        check(method, path, headers, HOSTS, LIMITS)
    assert found.value.status == status


def test_memory_grows_with_the_largest_file() -> None:
    assert Limits.of(200, 120.0) == LIMITS
    assert Limits.of(2_000, 60.0).job_memory == 10 * Limits.of(200, 60.0).upload * 20
