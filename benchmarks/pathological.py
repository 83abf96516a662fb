"""Pathological inputs: who is right, who misleads, who crashes. Exit 1 when statlogit is not right on all.

R's answers are stored with the script that made them: tests/reference/pathological/ (`python -m
benchmarks.pathological export FOLDER` writes its input).
"""

from __future__ import annotations

import csv
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import statlogit as sl
from tests.fit.pathological import CASES, Case, truth_of

STORED = Path(__file__).parents[1] / "tests" / "reference" / "pathological" / "r_glm.json"
LEGEND = (
    "right: within 0.001 standard errors of the exact maximum, aliased columns left out; or, without a finite maximum "
    "or with unusable input, an error or warning. misleading: another answer without a warning. crash: an error, or a "
    "wrong answer with a warning, although a finite maximum exists. -: takes no such input (weights, shares, offset)."
)
CLOSE = 1e-3
Answer = tuple[Any, bool]  # coefficients (nan: left out), and whether anything was said against them


class Problem:
    """One case as numbers: what peers are given."""

    def __init__(self, case: Case) -> None:
        self.case, self.frame = case, case.frame()
        self.truth: tuple[Any, Any] | None = None
        self.start = case.options.get("start")
        self.limit = case.options.get("max_iterations", 100)
        try:
            found = sl.logit(case.formula, self.frame, on_failure="warn", **case.options).fit.frame
        except sl.StatlogitError:
            self._by_hand()
            return
        self.x, self.names = found.x.to_array(), list(found.design.names)
        self.y, self.weight, self.offset = found.y[:, 0], found.weight, found.offset[:, 0]
        if case.outcome == "finite":
            kept = [j for j, name in enumerate(self.names) if name not in case.aliased]
            self.truth = truth_of(self.x[:, kept], self.y, self.weight, self.offset)

    def _by_hand(self) -> None:
        f, trials = self.frame, self.case.options.get("trials")
        self.names = ["Intercept", "x"]
        self.x = np.column_stack([np.ones(len(f)), f["x"]])
        self.y = (f["s"] / f[trials] if trials else f["y"]).to_numpy(dtype=float)
        size = trials or self.case.options.get("weights")
        self.weight = f[size].to_numpy(dtype=float) if size else np.ones(len(f))
        self.offset = np.zeros(len(f))


def verdict(problem: Problem, solve: Callable[[Problem], Answer]) -> str:
    """right, misleading, crash, or - where such input cannot be given."""
    finite = problem.case.outcome == "finite"
    try:
        beta, doubted = solve(problem)
    except NotImplementedError:
        return "-"
    except Exception:  # whatever a peer raises is its answer
        return "crash" if finite else "right"
    if finite and _close(problem, np.asarray(beta, dtype=float)):
        return "right"
    if doubted:
        return "crash" if finite else "right"
    return "misleading"


def _close(problem: Problem, beta: Any) -> bool:
    left_out = {problem.names[j] for j in np.flatnonzero(np.isnan(beta))}
    if problem.truth is None or left_out != set(problem.case.aliased):
        return False
    exact, se = problem.truth
    kept = beta[~np.isnan(beta)]
    return all(abs((float(b) - e) / s) <= CLOSE for b, e, s in zip(kept, exact, se, strict=True))


def statlogit(problem: Problem) -> str:
    """Judged more strictly: kind, names, signs, the class of the error, and the certificate."""
    case = problem.case
    try:
        found = sl.logit(case.formula, problem.frame, **case.options)
    except sl.SeparationError as error:
        separation = error.result.separation
        infinite = dict(zip(separation.infinite, separation.signs, strict=True))
        names = case.infinite or {n: infinite.get(n, 0) for n in error.result.names if n not in case.aliased}
        right = separation.kind == case.outcome and infinite == names and error.result.aliased == case.aliased
        return "right" if right else "misleading"
    except sl.StatlogitError as error:
        return "right" if case.error is type(error) else "crash"
    except Exception:  # a defect, to be counted
        return "crash"
    right = case.outcome == "finite" and found.certificate.exists and _close(problem, found.params.to_numpy())
    return "right" if right else "misleading"


def statsmodels_logit(p: Problem) -> Answer:
    import statsmodels.api as sm

    whole = (p.weight == np.round(p.weight)).all() and p.weight.sum() <= 2_000_000
    if not (np.isin(p.y, (0, 1)).all() and whole):
        raise NotImplementedError
    repeat = p.weight.astype(int)
    x, y, offset = (np.repeat(v, repeat, axis=0) for v in (p.x, p.y, p.offset))
    fitted = sm.Logit(y, x, offset=offset if offset.any() else None).fit(disp=0, start_params=p.start, maxiter=p.limit)
    return fitted.params, not fitted.mle_retvals["converged"]


def statsmodels_glm(p: Problem) -> Answer:
    import statsmodels.api as sm

    model = sm.GLM(p.y, p.x, family=sm.families.Binomial(), freq_weights=p.weight, offset=p.offset)
    fitted = model.fit(start_params=p.start, maxiter=p.limit)
    return fitted.params, not fitted.converged


def scikit_learn(p: Problem) -> Answer:
    from sklearn.linear_model import LogisticRegression

    if p.offset.any():
        raise NotImplementedError
    x, weight = np.vstack([p.x, p.x]), np.concatenate([p.weight * p.y, p.weight * (1 - p.y)])
    y, used = np.repeat([1, 0], len(p.y)), weight > 0
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", fit_intercept=False, tol=1e-10, max_iter=p.limit)
    return model.fit(x[used], y[used], sample_weight=weight[used]).coef_[0], False


def glum(p: Problem) -> Answer:
    from glum import GeneralizedLinearRegressor

    model = GeneralizedLinearRegressor(
        family="binomial", alpha=0, fit_intercept=False, gradient_tol=1e-10, max_iter=p.limit,
        start_params=None if p.start is None else np.asarray(p.start),
    )  # fmt: skip
    return model.fit(p.x, p.y, sample_weight=p.weight, offset=p.offset).coef_, False


def r_glm(p: Problem) -> Answer:
    stored = json.loads(STORED.read_text())[p.case.name]
    if stored["error"]:
        raise ValueError(stored["error"])
    beta = [np.nan if b is None else float(b) for b in stored["coefficients"]]
    return beta, bool(stored["warnings"]) or not stored["converged"]


PEERS: dict[str, Callable[[Problem], Answer]] = {
    "sm Logit": statsmodels_logit, "sm GLM": statsmodels_glm, "sklearn": scikit_learn, "glum": glum, "R glm": r_glm,
}  # fmt: skip


def said(solve: Callable[[Problem], Answer], problem: Problem) -> Answer:
    """The peer's answer; any warning it gives counts as doubt."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        beta, doubted = solve(problem)
    return beta, doubted or any(not issubclass(w.category, DeprecationWarning | FutureWarning) for w in caught)


def export(folder: Path) -> None:
    """Write every case for R: name.csv with y, weight, offset and the design columns."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index.csv").open("w", newline="") as index:
        rows = csv.writer(index)
        rows.writerow(["file", "limit", "start", "name"])
        for k, problem in enumerate(problems()):
            start = " ".join(map(str, problem.start or ()))
            rows.writerow([f"{k}.csv", problem.limit, start, problem.case.name])
            columns = np.column_stack([problem.y, problem.weight, problem.offset, problem.x])
            header = ",".join(["y", "weight", "offset", *(f"x{j}" for j in range(problem.x.shape[1]))])
            np.savetxt(folder / f"{k}.csv", columns, delimiter=",", header=header, comments="", fmt="%.17g")


def problems() -> list[Problem]:
    """All cases, with the exact maximum where there is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [Problem(case) for case in CASES]


def main() -> int:
    """Print the table; 1 when statlogit is not right on all."""
    print(f"{'':42}{'statlogit':>12}" + "".join(f"{name:>12}" for name in PEERS))
    right = dict.fromkeys(["statlogit", *PEERS], 0)
    for problem in problems():
        found = {"statlogit": statlogit(problem)}
        for name, solve in PEERS.items():
            if solve is r_glm and not STORED.exists():
                found[name] = "-"
                continue
            found[name] = verdict(problem, lambda p, solve=solve: said(solve, p))
        for name, word in found.items():
            right[name] += word == "right"
        print(f"{problem.case.name:42}" + "".join(f"{word:>12}" for word in found.values()), flush=True)
    print(f"{f'right of {len(CASES)}':42}" + "".join(f"{count:>12}" for count in right.values()))
    print(LEGEND)
    return 0 if right["statlogit"] == len(CASES) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["export"]:
        export(Path(sys.argv[2]))
    else:
        sys.exit(main())
