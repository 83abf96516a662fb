"""A whole fit with standard errors beside other programs: one process, interleaved rounds, same-round ratios.

CPU seconds at one thread each, or wall seconds with both cores for everybody; a ratio is the median over rounds of
other / statlogit in the same round. The last score of every program is printed, since a program that stops early is not
as fast as it looks. Every array case is run on a seed that the program was tuned on and on a fresh one. Writes
benchmarks/results.md; the exit code is 1 when a ratio stated here is missed or our answer is not at the maximum.

    python -m benchmarks.speed                 all cases; ROUNDS=3 SEED=5 for fewer rounds and a fresh seed of one's own
    python -m benchmarks.speed "1e6 x 20" ill  some cases, printed only
    python -m benchmarks.speed --list          their names
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from shutil import which

import numpy as np
import pandas as pd
import scipy.linalg.blas
from scipy.special import expit
from threadpoolctl import threadpool_limits

from statlogit.core import blocks, compiled
from statlogit.core.blocks import Block
from statlogit.core.columns import Dense
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array
from statlogit.fit.estimate import Settings
from statlogit.fit.solve import solve, tiled

ROUNDS = int(os.environ.get("ROUNDS", "7"))
FRESH = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
AT_MAXIMUM = 1e-9  # largest score a row of our answer, in units of its column
GRAM = "one X'X"
PAUSE = 0.3  # seconds after which the threads of the program before have ended their busy waiting


@dataclass(frozen=True)
class Case:
    """One row of work: programs by name, each returning its coefficients in our order; what is asked of the ratios."""

    name: str
    run: dict[str, Callable[[], Array]]
    score: Callable[[Array], float]
    at_least: dict[str, float] = field(default_factory=dict)
    most_grams: float | None = None
    threads: int = 1  # more: wall seconds


def simulated(n: int, p: int, *, level: float = -0.5, seed: int = 1) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    x = np.empty((n, p), order="F")
    x[:, 0] = 1.0
    for j in range(1, p):
        x[:, j] = rng.standard_normal(n)
    beta = 1.5 * rng.standard_normal(p) / np.sqrt(p)
    beta[0] = level
    return x, (rng.random(n) < expit(x @ beta)).astype(float)


def array_case(
    n: int, p: int, *, at_least: dict[str, float], most_grams: float | None = None, level: float = -0.5,
    ill: bool = False, discrete: bool = False, seed: int | None = None, threads: int = 1, plain: bool = False,
    row_major: bool = False,
) -> Case:  # fmt: skip
    """The core on an array in memory, as the scikit-learn face calls it. discrete: 10, 20, 30 .. values a column;
    plain: without compiled passes."""
    x, y = simulated(n, p, level=level, seed=n + p if seed is None else seed)
    for j in range(1, p if discrete else 1):
        x[:, j] = np.clip(np.rint(2.0 * j * x[:, j]), -5 * j, 5 * j - 1)
    if ill:
        x[:, 1:] = x[:, 1:] @ (np.eye(p - 1) + 0.97 / (1 - 0.97) * np.ones((p - 1, p - 1)) / p)
    if row_major:
        x = np.ascontiguousarray(x)
    block = Block(Dense(x), y[:, None], np.ones(n), np.zeros((n, 1)))
    slopes = x[:, 1:]

    def ours() -> Array:
        with without_compiler(plain), one_blas_thread(n * p):
            found = solve(tiled(block), block, intercept=0, settings=Settings()).estimate
        assert np.isfinite(np.diag(found.covariance)).all()
        return found.beta[:, 0]

    columns = np.asfortranarray(x)
    run: dict[str, Callable[[], Array]] = {"statlogit": ours, GRAM: lambda: gram(columns)}
    run |= peers(slopes, x, y)
    scale = np.sqrt(np.square(x).mean(axis=0))
    kinds = {
        "discrete": discrete, "ill-conditioned": ill, "rare events": level < -3, "by rows": row_major,
        "plain numpy": plain, f"seed {seed}": seed is not None, f"{threads} threads": threads > 1,
    }  # fmt: skip
    name = f"array {n:.0e} x {p} " + ", ".join(kind for kind, here in kinds.items() if here)
    return Case(
        name.strip(), run, lambda b: float(np.abs(x.T @ (y - expit(x @ b)) / scale).max() / n), at_least, most_grams,
        threads,
    )  # fmt: skip


def gram(x: Array) -> Array:
    """One X'X, by one thread."""
    with threadpool_limits(1):
        return np.asarray(scipy.linalg.blas.dsyrk(1.0, x, trans=1))


@contextmanager
def without_compiler(wanted: bool) -> Iterator[None]:
    """Pretend that numba is not installed."""
    before = compiled.installed
    if wanted:
        compiled.installed = blocks.installed = lambda: False  # type: ignore[assignment]
    try:
        yield
    finally:
        compiled.installed = blocks.installed = before


def peers(slopes: Array, x: Array, y: Array) -> dict[str, Callable[[], Array]]:
    import statsmodels.api as sm
    from glum import GeneralizedLinearRegressor
    from sklearn.linear_model import LogisticRegression

    def glum() -> Array:
        model = GeneralizedLinearRegressor(family="binomial", alpha=0, solver="irls-ls", gradient_tol=1e-8)
        model.fit(slopes, y)
        model.std_errors(X=slopes, y=y, robust=False, dispersion=1.0)
        return np.r_[model.intercept_, model.coef_]

    def logit() -> Array:
        found = sm.Logit(y, x).fit(disp=0, tol=1e-10)
        _ = found.bse
        return np.asarray(found.params)

    def scikit(solver: str, tol: float) -> Callable[[], Array]:
        def run() -> Array:
            model = LogisticRegression(C=np.inf, solver=solver, tol=tol, max_iter=1000).fit(slopes, y)
            return np.r_[model.intercept_, model.coef_[0]]

        return run

    return {
        "glum with SE": glum,
        "statsmodels Logit": logit,
        "newton-cholesky without SE": scikit("newton-cholesky", 1e-8),
        "lbfgs without SE": scikit("lbfgs", 1e-9),
    }


def formula_case(name: str, n: int, numeric: int, levels: tuple[int, ...], at_least: dict[str, float]) -> Case:
    """From the frame: `y ~ numerics + factors`."""
    rng = np.random.default_rng(n + numeric)
    frame = pd.DataFrame({f"x{k}": rng.standard_normal(n) for k in range(numeric)})
    eta = -0.5 + (0.5 * frame["x0"].to_numpy() if numeric else 0.0)
    for k in levels:
        frame[f"g{k}"] = pd.Categorical.from_codes(rng.integers(0, k, n), [f"l{j:04d}" for j in range(k)])
        eta = eta + rng.normal(scale=0.3, size=k)[frame[f"g{k}"].cat.codes]
    frame["y"] = (rng.random(n) < expit(eta)).astype(float)
    formula = "y ~ " + " + ".join(c for c in frame.columns if c != "y")
    tol = 1e-8 if numeric else 1e-6  # glum's line search fails beyond 1e-6 where there are factors alone

    def ours() -> Array:
        import statlogit as sl

        result = sl.logit(formula, frame)
        assert result.bse.notna().all()
        return result.params.to_numpy()

    def glum() -> Array:
        from glum import GeneralizedLinearRegressor

        model = GeneralizedLinearRegressor(
            family="binomial", alpha=0, formula=formula, drop_first=True, gradient_tol=tol
        ).fit(frame)
        model.std_errors(frame, frame["y"], robust=False, dispersion=1.0)
        return np.r_[model.intercept_, model.coef_]

    def statsmodels() -> Array:
        import statsmodels.formula.api as smf

        found = smf.logit(formula, frame).fit(disp=0, tol=1e-10)
        _ = found.bse
        return np.asarray(found.params)

    run: dict[str, Callable[[], Array]] = {"statlogit": ours, "glum with SE": glum}
    if sum(levels) < 100:
        run["statsmodels"] = statsmodels
    return Case(name, run, lambda _: float("nan"), at_least)


SMALL_FITS = 20  # in a row: one takes no longer than the clock's and the machine's own unrest


def small_case() -> Case:
    """189 rows from the frame: what a fit costs beside its passes. Seconds are those of SMALL_FITS fits."""
    frame = pd.read_csv(Path(__file__).parent.parent / "examples" / "birthwt.csv")
    formula = "low ~ age + lwt + C(race) + smoke"
    y = frame["low"].to_numpy(np.float64)
    x = np.column_stack(
        [np.ones(len(y)), frame["race"] == 2, frame["race"] == 3, frame["age"], frame["lwt"], frame["smoke"]]
    ).astype(np.float64)
    order = ["Intercept", "C(race)[T.2]", "C(race)[T.3]", "age", "lwt", "smoke"]
    scale = np.sqrt(np.square(x).mean(axis=0))

    def ours() -> Array:
        import statlogit as sl

        result = sl.logit(formula, frame)
        assert result.bse.notna().all()
        assert result.certificate.exists
        return result.params[order].to_numpy()

    def by_formula() -> Array:
        import statsmodels.formula.api as smf

        found = smf.logit(formula, frame).fit(disp=0, tol=1e-10)
        _ = found.bse
        return found.params[order].to_numpy()

    def by_arrays() -> Array:
        import statsmodels.api as sm

        found = sm.Logit(y, x).fit(disp=0, tol=1e-10)
        _ = found.bse
        return np.asarray(found.params)

    programs = {"statlogit": ours, "statsmodels.formula": by_formula, "statsmodels arrays": by_arrays}
    return Case(
        f"formula, birthwt (n = 189), {SMALL_FITS} fits",
        {name: partial(repeatedly, run) for name, run in programs.items()},
        lambda b: float(np.abs(x.T @ (y - expit(x @ b)) / scale).max() / len(y)),
        {"statsmodels.formula": 1.0, "statsmodels arrays": 0.5},
    )


def repeatedly(run: Callable[[], Array]) -> Array:
    """The last of SMALL_FITS runs."""
    return [run() for _ in range(SMALL_FITS)][-1]


TWENTY = {"statsmodels Logit": 14.0, "glum with SE": 12.0, "newton-cholesky without SE": 12.0, "lbfgs without SE": 4.0}
HUNDRED = {"statsmodels Logit": 9.0, "glum with SE": 8.0, "newton-cholesky without SE": 5.0, "lbfgs without SE": 1.0}
FIVE = {"statsmodels Logit": 15.0, "glum with SE": 12.0}
PLAIN = {"statsmodels Logit": 4.5, "glum with SE": 4.0, "newton-cholesky without SE": 3.5}

CASES: dict[str, Callable[[], Case]] = {
    "1e6 x 20": lambda: array_case(1_000_000, 20, most_grams=3.0, at_least=TWENTY),
    "1e6 x 20 fresh": lambda: array_case(1_000_000, 20, most_grams=3.0, at_least=TWENTY, seed=FRESH),
    "1e5 x 100": lambda: array_case(100_000, 100, most_grams=3.5, at_least=HUNDRED),
    "1e5 x 100 fresh": lambda: array_case(100_000, 100, most_grams=3.5, at_least=HUNDRED, seed=FRESH),
    "1e6 x 5": lambda: array_case(1_000_000, 5, most_grams=3.0, at_least=FIVE),
    "1e6 x 5 fresh": lambda: array_case(1_000_000, 5, most_grams=3.0, at_least=FIVE, seed=FRESH),
    "two threads": lambda: array_case(1_000_000, 20, most_grams=2.0, at_least={}, threads=2),
    "plain": lambda: array_case(1_000_000, 20, most_grams=7.0, at_least=PLAIN, plain=True),
    "rows": lambda: array_case(1_000_000, 20, at_least={"glum with SE": 1.0}, row_major=True),
    "rare": lambda: array_case(1_000_000, 10, at_least={"glum with SE": 1.0}, level=-7.0),
    "ill": lambda: array_case(100_000, 50, at_least={"lbfgs without SE": 1.0}, ill=True),
    "numerics": lambda: formula_case(
        "formula, 10 numerics", 1_000_000, 10, (), {"statsmodels": 12.0, "glum with SE": 12.0}
    ),
    "factors": lambda: formula_case(
        "formula, 10 numerics, factors of 5 and 50", 1_000_000, 10, (5, 50), {"statsmodels": 60.0, "glum with SE": 8.0}
    ),
    "wide": lambda: formula_case(
        "formula, 10 numerics, factors of 5, 50 and 1,000", 1_000_000, 10, (5, 50, 1000), {"glum with SE": 9.0}
    ),
    "discrete": lambda: array_case(
        1_000_000, 4, discrete=True,
        at_least=dict.fromkeys(
            ("statsmodels Logit", "glum with SE", "newton-cholesky without SE", "lbfgs without SE"), 40.0
        ),
    ),
    "discrete frame": lambda: formula_case(
        "formula, factors of 2, 5, 10 and 60", 1_000_000, 0, (2, 5, 10, 60), {"glum with SE": 40.0, "statsmodels": 40.0}
    ),
    "birthwt": small_case,
}  # fmt: skip


def measure(case: Case, rounds: int) -> tuple[list[str], bool]:
    """The lines of one case, and whether all that is stated was reached."""
    seconds: dict[str, list[float]] = {name: [] for name in case.run}
    answers: dict[str, Array] = {}
    clock = time.process_time if case.threads == 1 else time.perf_counter
    os.environ["OMP_NUM_THREADS"] = str(case.threads)  # read by statlogit at each fold
    with threadpool_limits(case.threads):
        for k in range(rounds + 1):  # the first round warms up and compiles
            for name, run in case.run.items():
                if case.threads > 1:
                    time.sleep(PAUSE)
                start = clock()
                answers[name] = run()
                if k:
                    seconds[name].append(clock() - start)
    own, reached, lines = np.array(seconds["statlogit"]), True, []
    for name, times in seconds.items():
        ratio = statistics.median(np.array(times) / own)
        asked = case.at_least.get(name)
        verdict = "" if asked is None else f"asked {asked:g}: {'reached' if ratio >= asked else 'MISSED'}"
        reached &= asked is None or ratio >= asked
        score = "" if name == GRAM else f"{case.score(answers[name]):.1e}"
        lines.append(f"| {case.name} | {name} | {statistics.median(times):.3f} | {ratio:.2f} | {score} | {verdict} |")
    if case.most_grams is not None:
        grams = statistics.median(own / np.array(seconds[GRAM]))
        good = grams <= case.most_grams
        reached &= good
        verdict = f"asked at most {case.most_grams:g}: {'reached' if good else 'MISSED'}"
        lines.append(f"| {case.name} | statlogit in X'X | | {grams:.2f} | | {verdict} |")
    worst = case.score(answers["statlogit"])
    if worst > AT_MAXIMUM:
        lines.append(f"| {case.name} | statlogit | | | {worst:.1e} | NOT AT THE MAXIMUM |")
    return lines, reached and not worst > AT_MAXIMUM


def r_glm(x: Array, y: Array) -> float | None:
    """CPU seconds of R's glm.fit with standard errors on the same numbers, or None without R."""
    if which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        x.ravel(order="F").tofile(Path(folder) / "x")
        y.tofile(Path(folder) / "y")
        code = (
            f'n <- {len(y)}; p <- {x.shape[1]}; X <- matrix(readBin("{folder}/x", "double", n * p), n, p);'
            f'y <- readBin("{folder}/y", "double", n); s <- proc.time();'
            "f <- glm.fit(X, y, family = binomial(), control = list(epsilon = 1e-12));"
            'class(f) <- c("glm", "lm"); v <- chol2inv(f$qr$qr[1:p, 1:p]); cat(sum((proc.time() - s)[1:2]))'
        )
        done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def head() -> list[str]:
    packages = ("numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "glum", "numba")
    return [
        "# How long a whole fit takes", "",
        f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in packages) + ".",
        f"{ROUNDS} interleaved rounds in one process, fresh seed {FRESH}. Seconds of CPU at one thread each, or of the "
        "clock where a case says threads; every program has as many.",
        "Ratio: median over the rounds of the program's time / statlogit's in the same round; score: largest a row at "
        "the program's answer, in units of its column.", "",
        "| work | program | seconds | ratio | score | stated |", "|---|---|---|---|---|---|",
    ]  # fmt: skip


def processor() -> str:
    """The model as the system names it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> int:
    """Every case, or those named on the command line; all of them write results.md beside this file."""
    asked = sys.argv[1:] if sys.argv[0].endswith("speed.py") else []
    if asked == ["--list"]:
        print("\n".join(CASES))
        return 0
    unknown = [name for name in asked if name not in CASES]
    if unknown:
        print(f"no case {unknown[0]!r}; there are: {', '.join(CASES)}")
        return 2
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        if name in os.environ:
            print(f"unset {name} for a benchmark: it was read when numpy was imported")
    lines, reached = [], True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in asked or CASES:
            found, good = measure(CASES[name](), ROUNDS)
            print("\n".join(found), flush=True)
            lines, reached = [*lines, *found], reached and good
    if not asked:
        x, y = simulated(1_000_000, 20, seed=1_000_020)
        seconds = r_glm(x, y)
        lines.append(f"| array 1e+06 x 20 | R glm.fit, once | {'-' if seconds is None else round(seconds, 2)} | | | |")
        (Path(__file__).parent / "results.md").write_text("\n".join([*head(), *lines]) + "\n", encoding="utf-8")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
