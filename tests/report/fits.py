"""Outlines of real fits, one of each kind that a report must show well."""

from collections.abc import Callable

import numpy as np
import pandas as pd

import statlogit as sl
from statlogit.report.outline import Outline
from statlogit.results import multinomial_report
from statlogit.results.summary import outline

REFERENCE = "tests/reference/data"
TWELVE = (
    "vote ~ region + sex + bs(age, df=4) + education + cr(income, df=4) + bs(statusquo, df=4) + np.log(income) + "
    "sex:education + sex:age + sex:region + education:statusquo + age:statusquo"
)


def twelve() -> Outline:
    """Twelve terms: splines, interactions, aliased columns, missing values."""
    votes = pd.read_csv(f"{REFERENCE}/chile.csv")
    return outline(sl.logit(TWELVE, votes[votes["vote"].isin(["Y", "N"])], event="Y"))


def separated() -> Outline:
    """An infinite coefficient with its interval."""
    return outline(sl.logit("HG ~ NV + PI + EH", pd.read_csv(f"{REFERENCE}/endometrial.csv"), on_failure="warn"))


def classes() -> Outline:
    """Three classes."""
    data = pd.read_csv(f"{REFERENCE}/womenlf.csv")
    found = sl.multinomial("partic ~ hincome + children + region", data, reference="not.work")
    return multinomial_report.outline(found)


def many_rows(n: int = 200_000) -> Outline:
    """So many rows that marks are thinned and influence is left to be asked for."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(n, 4)), columns=[f"x{j}" for j in range(4)])
    data["g"] = pd.Categorical.from_codes(rng.integers(0, 6, n), [f"level {k}" for k in range(6)])
    eta = np.sin(data["x0"]) + 0.3 * data["x1"]
    data["y"] = (rng.uniform(size=n) < 1 / (1 + np.exp(-eta))).astype(float)
    return outline(sl.logit("y ~ bs(x0, df=4) + x1*g + x2 + x3", data))


KINDS: dict[str, Callable[[], Outline]] = {
    "twelve": twelve,
    "separated": separated,
    "classes": classes,
    "many_rows": many_rows,
}
