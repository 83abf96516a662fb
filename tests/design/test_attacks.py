# ruff: noqa: E501 - tables of strings
"""Formulas written to do harm. Each is refused quickly, with a caret under the place, and has no effect."""

import time
from pathlib import Path

import numpy as np
import pytest

from statlogit.design import Design, prepare
from statlogit.design.tokens import MAX_CHARACTERS
from statlogit.errors import DataError, FormulaError, MissingColumnError, StatlogitError
from tests.design.frames import mixed_frame

DATA = mixed_frame()
LIMIT = 0.1  # seconds
ATTACKER = "__import__('os').system('touch {marker}')"

TERMS = [
    "{attack}", "I({attack})", "Q({attack})", "C({attack})", "{{{attack}}}", "x + {attack}", "x:{attack}",
    "C(g, {attack})", "C(g, contr.treatment({attack}))", "C(g, levels={attack})", "poly(x, degree={attack})",
    "poly(x, {attack})", "bs(x, knots={attack})", "bs(x, knots=[{attack}])", "scale(x, {attack})", "log({attack})",
    "np.log({attack})", "`{attack}`", "I(x == {attack})", "I(g in [{attack}])", "where(x > 0, {attack}, x)",
    "hashed(g, levels={attack})", "lag(x, {attack})", "C(g, contr.custom({{'u': {attack}}}))", "C(g, contr.custom([{attack}]))",
    "x().__class__", "x.__class__", "I(x.__class__.__mro__)", "I(x.__class__.__base__.__subclasses__())",
    "I((1).__class__)", "I(().__class__.__bases__[0].__subclasses__())", "I(''.__class__)", "I(x.__init__.__globals__)",
    "I(x.values.tofile('{marker}'))", "I(x.to_csv('{marker}'))", "x.to_pickle('{marker}')", "I(g.str.upper())",
    "np.save('{marker}', x)", "np.savetxt('{marker}', x)", "I(np.load('{marker}', allow_pickle=True))",
    "np.fromfile('{marker}')", "np.memmap('{marker}')", "np.genfromtxt('{marker}')", "np.lib.npyio.save('{marker}', x)",
    "np.ctypeslib.load_library('c', '/')", "np.f2py.compile('')", "np.testing.run('x')", "np.vectorize(x)",
    "np.frompyfunc(x, 1, 1)", "np.apply_along_axis(print, 0, x)", "np.__config__.show()", "np.log.__class__", "np.log",
    "I(np)", "I(np.log.reduce(x))", "open('{marker}', 'w')", "I(open('{marker}', 'w').write('x'))", "print(x)",
    "exec('1')", "eval('1')", "compile('1', '', 'exec')", "I(exec('1'))", "getattr(x, 'to_csv')", "I(getattr(x, 'to_csv'))",
    "setattr(x, 'a', 1)", "globals()", "locals()", "vars()", "dir()", "type(x)", "I(type('A', (), {{}}))", "breakpoint()",
    "input()", "help()", "exit()", "I(exit())", "__builtins__", "I(__builtins__)", "I(__loader__)", "__name__",
    "lambda: 0", "I(lambda: 0)", "I((lambda: x)())", "(lambda x: x)(y)", "I([z for z in x])", "I({{z for z in x}})",
    "I({{z: 1 for z in x}})", "I(z for z in x)", "I([*x])", "I({{**x}})", "f(*x)", "log(*x)", "log(**x)", "I(x := 1)",
    "I((x := 1))", "I(f'{{x}}')", "I(f\"{{__import__('os')}}\")", "I(b'x')", "I(x[0])", "x[0]", "I(x[::2])",
    "I(x if x else 1)", "I(await x)", "I(yield)", "I(x; 1)", "import os", "x; import os", "x\nimport os", "I(x @ x)",
    "I(x << 2)", "I(1j)", "I(...)", "I(None)", "I('text')", "I(x.x.x)", "@x", "x # comment", "\\x", "x\x00", "x\u202e",
    "x\u200b", "I(x) if 1 else 2", "not x", "x and y", "x is y", "del x", "assert x", "raise x", "global x",
    "Q('x' + 'y')", "Q(x)", "Q(1)", "Q(['x'])", "C(x, contr.evil)", "C(x, evil())", "contr.treatment", "contr.treatment(1)",
    "C(contr.sum)", "C.__class__", "I.__globals__", "poly.__globals__", "log.__self__", "C(g, spans_intercept=x)",
    "C(g, levels=x)", "C(g, contr.treatment(x))", "bs(x, df=x)", "poly(x, x)", "scale(x, z)", "cbind(x, y)",
]  # fmt: skip
BOMBS = [
    "y ~ x**9**9**9", "y ~ (x + z)**99999999999", "y ~ I(9**9**9**9**9)", "y ~ poly(x, 99999999)", "y ~ bs(x, df=999999999)",
    "y ~ hashed(g, levels=9999999999)", "y ~ lag(x, 99999999999999999999)", "y ~ " + "(" * 2000 + "x" + ")" * 2000,
    "y ~ I(" + "(" * 2000 + "x" + ")" * 2000 + ")", "y ~ I(" + "-" * 5000 + "x)", "y ~ I(" + "~" * 5000 + "x)",
    "y ~ " + "[" * 3000, "y ~ " + "{" * 3000, "y ~ " + "x+" * 30_000 + "x", "y ~ I(" + "x+" * 5_000 + "x)",
    "y ~ I(" + "x**" * 4000 + "x)", "y ~ " + "log(" * 3000 + "x" + ")" * 3000, "y ~ '" + "a" * 15_000,
    "y ~ `" + "a" * 15_000, "y ~ " + "*".join(f"(x + I(x**{k}))" for k in range(2, 40)),
    "y ~ (" + "+".join(f"I(x + {k})" for k in range(300)) + ")**6", "y ~ I(x == '" + "a" * 5000 + "')", "y ~ I(1e999 * x)", "y ~ I(" + "9" * 5000 + " * x)", "y ~ bs(x, knots=[" + "1," * 9990 + "1])",
]  # fmt: skip


def attacks(marker: Path) -> list[str]:
    attack = ATTACKER.format(marker=marker)
    right = ["y ~ " + term.format(attack=attack, marker=marker) for term in TERMS]
    left = [term.format(attack=attack, marker=marker) + " ~ x" for term in TERMS]
    return [*right, *left, *BOMBS]


def test_there_are_enough() -> None:
    assert len(TERMS) + len(BOMBS) >= 150


def test_no_attack_has_an_effect_and_each_is_refused_quickly(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    prepare("y ~ x", DATA)
    for formula in attacks(marker):
        taken, caught = refusal(formula)
        if taken >= LIMIT:  # a busy machine: once more
            taken, caught = refusal(formula)
        assert taken < LIMIT, formula[:80]
        assert not marker.exists(), formula
        if isinstance(caught, FormulaError | MissingColumnError) and len(formula) < MAX_CHARACTERS:
            assert "^" in str(caught), (formula[:80], str(caught)[:200])


def refusal(formula: str) -> tuple[float, StatlogitError]:
    """The CPU seconds until a formula is refused, and the refusal."""
    before = time.process_time()
    with pytest.raises((FormulaError, DataError)) as caught:
        prepare(formula, DATA)
    return time.process_time() - before, caught.value


def test_the_marker_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "marker").touch()
    assert (tmp_path / "marker").exists()


@pytest.mark.parametrize("term", ["x", "C(g)", "poly(x, 2)", "scale(x)"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("formula", "y ~ __import__('os')"),
        ("formula", "y ~ I(x.__class__)"),
        ("formula", 3),
        ("formula", "y ~ z"),
        ("format", "other"),
        ("names", ["Intercept"]),
        ("columns", []),
        ("columns", [["x"]]),
        ("factors", {}),
        ("factors", []),
        ("state", {"scale(x)": {"__class__": 1}}),
        ("state", {"scale(x)": {"center": "1"}}),
        ("state", {"scale(x)": {"center": float("nan"), "scale": 1.0}}),
        ("state", []),
        ("offset", ["x"]),
    ],
)
def test_a_tampered_design_is_refused(term: str, key: str, value: object) -> None:
    stored = prepare(f"y ~ {term}", DATA).design.to_json()
    stored[key] = value
    with pytest.raises(StatlogitError):
        Design.from_json(stored)


def test_a_missing_entry_is_refused() -> None:
    stored = prepare("y ~ scale(x)", DATA).design.to_json()
    for key in stored:
        with pytest.raises(StatlogitError):
            Design.from_json({k: v for k, v in stored.items() if k != key})


def test_a_state_that_does_not_fit_is_refused_when_used() -> None:
    stored = prepare("y ~ poly(x, 2)", DATA).design.to_json()
    stored["state"]["poly(x, 2)"] = {"alpha": [0.0], "norms2": [1.0]}
    with pytest.raises(StatlogitError):
        Design.from_json(stored).matrix(DATA)


def test_nothing_changed_in_the_frame() -> None:
    fresh = mixed_frame()
    assert fresh.equals(DATA)
    assert np.array_equal(fresh["s"], DATA["s"])
