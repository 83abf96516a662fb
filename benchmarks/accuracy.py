"""Worst correct digits per reference case, beside what R and statsmodels reach; exit 1 below the stated digits."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from tests.reference import adapter, check

FOLDER = Path(__file__).parents[1] / "tests" / "reference"
PEERS = ("R glm default", "R glm tight", "sm Logit", "sm GLM")


def peers() -> dict[str, dict[str, str]]:
    """Coefficient/standard-error digits of other software, as measured for the collection."""
    lines = (FOLDER / "accuracy_of_other_software.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    header = rows[0]
    return {row[0]: dict(zip(header, row, strict=False)) for row in rows[2:]}


def main() -> int:
    """Print the table; digits of coefficients/standard errors."""
    known, missed = peers(), 0
    print(f"{'case':20} {'statlogit':>10} {'certified':>9}  " + "  ".join(f"{p:>13}" for p in PEERS))
    for case in check.load(str(FOLDER)):
        if case.kind not in ("binary", "grouped") or case.id not in known:
            continue
        formula, keywords = adapter.arguments(case)
        import statlogit as sl

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = sl.logit(formula, case.data, **keywords)
        found = {row[0]: row for row in check.check(case, adapter.answers(result, case.data))}
        digits = "/".join(f"{found[q][1]:.1f}" for q in ("coef", "se"))
        missed += not all(found[q][3] for q in ("coef", "se"))
        row = known[case.id]
        print(
            f"{case.id:20} {digits:>10} {result.certificate.digits:9.1f}  "
            + "  ".join(f"{row.get(p, '-'):>13}" for p in PEERS)
        )
    print(f"{missed} case(s) below 8 digits in a coefficient or 7 in a standard error")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
