"""Assessment and diagnostics against stored answers: the reference collection, and R's pROC, car and rms.

    python -m benchmarks.reference

One row a quantity: how many cases have it, and the largest relative difference, as tests/reference/check.py takes it.
Exit 1 when one exceeds 1e-6, or an optimism-corrected measure differs from rms's by more than 3.5 Monte Carlo errors of
both sides together. Left out is the deviance residual of ucb_saturated: its stored value is the root of rounding.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator

import statlogit as sl
from tests.reference import adapter, check, packages

MOST, MOST_ERRORS = 1e-6, 3.5
REPLICATIONS = 1500
PARTS = {
    "auc": ("auc", "delong_se", "delong_lower", "delong_upper"),
    "rank": ("c_index", "somers_dxy", "gamma", "tau_a", "concordant", "discordant", "tied"),
    "hosmer_lemeshow": ("chi2", "df", "p"),
    "r2": ("mcfadden", "cox_snell", "nagelkerke", "tjur"),
}
WHOLE = (
    "brier", "pearson_chi2", "resid_response", "resid_pearson", "resid_deviance", "resid_working",
    "resid_std_pearson", "resid_std_deviance", "hat", "cooks_distance",
)  # fmt: skip
NOISE = {("ucb_saturated", "resid_deviance")}
Found = Iterator[tuple[str, str, float]]  # quantity, case, relative difference


def collection() -> Found:
    """The binary and grouped cases with a finite maximum."""
    for case in check.load(str(packages.ROOT / "tests" / "reference")):
        if case.kind not in ("binary", "grouped"):
            continue
        formula, keywords = adapter.arguments(case)
        result = sl.logit(formula, case.data, **keywords)
        if result.converged:
            yield from compared(case, adapter.answers(result, case.data))


def compared(case: check.Case, got: dict) -> Found:
    names, expected = check.answers(case)["names"], check.answers(case)
    for quantity in (*PARTS, *WHOLE):
        path, kind, _ = check.QUANTITIES[quantity]
        wanted = check.dig(expected, path)
        if wanted is None or (case.id, quantity) in NOISE:
            continue
        if quantity in PARTS:
            for part in PARTS[quantity]:
                if part in wanted:
                    floor = 1e-200 if part == "p" else check.FLOOR.get(quantity, 0.0)
                    yield f"{quantity} {part}", case.id, 10.0 ** -check.digits(got[quantity][part], wanted[part], floor)
        else:
            yield quantity, case.id, 10.0 ** -check.compare(quantity, kind, got[quantity], wanted, names)


def of_packages() -> Found:
    """car's GVIF, pROC's areas and their comparison, rms's sum of squares test."""
    for name, expected in packages.PACKAGES.items():
        full, small = packages.fitted(name)
        for found, wanted in zip(full.vif().column("gvif"), expected["gvif"].values(), strict=True):
            yield "GVIF (car)", name, apart(found, wanted)
        curve, test = full.roc(), sl.compare_roc(full, small)
        pairs = {
            "AUC (pROC)": (curve.auc, expected["auc"]),
            "DeLong SE (pROC)": (curve.auc_se, expected["auc_se"]),
            "DeLong z, two areas (pROC)": (test.z, expected["delong_z"]),
            "DeLong p, two areas (pROC)": (test.p_value, expected["delong_p"]),
        }
        for quantity, (found, wanted) in pairs.items():
            yield quantity, name, apart(found, wanted)
        for found, wanted in zip(curve.conf_int(), expected["ci"], strict=True):
            yield "DeLong limits (pROC)", name, apart(found, wanted)
        squares = full.goodness().to_frame().set_index("test").loc["le Cessie-van Houwelingen"]
        yield "Sum of squares z (rms)", name, apart(squares["statistic"], expected["squares_z"])
        yield "Sum of squares p (rms)", name, apart(squares["p_value"], expected["squares_p"])


def apart(found: float, wanted: float) -> float:
    return abs(found - wanted) / abs(wanted)


def optimism() -> bool:
    """Optimism-corrected measures beside rms's; whether one is too far."""
    print(f"\n{'case':10} {'measure':22} {'ours':>9} {'error':>8} {'rms':>9} {'error':>8} {'errors apart':>13}")
    missed = False
    for name in packages.RMS:
        found = packages.fitted(name)[0].validate(replications=REPLICATIONS, seed=1).to_frame().set_index("measure")
        for measure, (wanted, error) in packages.corrected(name).items():
            ours, own = found.loc[measure, ["corrected", "mc_error"]]
            errors = abs(ours - wanted) / math.hypot(own, error)
            missed |= errors > MOST_ERRORS
            print(f"{name:10} {measure:22} {ours:9.5f} {own:8.5f} {wanted:9.5f} {error:8.5f} {errors:13.2f}")
    return missed


def main() -> int:
    """Print both tables."""
    worst: dict[str, tuple[float, str]] = {}
    cases: dict[str, set[str]] = defaultdict(set)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.errors.SeparationWarning)
        for quantity, case, difference in (*collection(), *of_packages()):
            cases[quantity].add(case)
            worst[quantity] = max(worst.get(quantity, (0.0, "")), (difference, case))
    print(f"{'quantity':28} {'cases':>5} {'worst relative difference':>26}  in")
    for quantity, (difference, case) in worst.items():
        mark = "  MISSED" if difference > MOST else ""
        print(f"{quantity:28} {len(cases[quantity]):5d} {difference:26.1e}  {case}{mark}")
    missed = optimism()
    return int(missed or any(difference > MOST for difference, _ in worst.values()))


if __name__ == "__main__":
    sys.exit(main())
