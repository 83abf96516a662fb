"""Collinearity in numbers: variance inflation by term, condition indices with the variances that hang on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from statlogit.core.types import Array
from statlogit.diagnostics.collinearity import weighted_columns
from statlogit.diagnostics.influence import coefficient_names
from statlogit.diagnostics.refits import Rows
from statlogit.diagnostics.refusals import refuse_without_maximum
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import block_of
from statlogit.tables import Table, table

SHARED = 0.5  # Belsley, Kuh and Welsch (1980), section 3.2
INFLATION = (
    "How much larger a coefficient's variance (a term's squared confidence ellipsoid) is than if the term were "
    "uncorrelated with the others, from the correlations of the estimates (Fox and Monette 1992, as in R's car). The "
    "root compares terms of different df with a factor on standard errors; above 3.2 (10 as a variance) look closer."
)
NO_INTERCEPT = " Without an intercept these compare with orthogonal, not with uncorrelated columns."


@dataclass(frozen=True, slots=True)
class Inflation:
    """One term: gvif = det(R11) det(R22) / det(R) of the correlation of the estimates, the intercepts left out."""

    term: str
    df: int
    gvif: float

    @property
    def root(self) -> float:
        """gvif^(1 / (2 df)), a factor on standard errors."""
        return float(self.gvif ** (0.5 / self.df))


def inflations(fit: Fit) -> tuple[Inflation, ...]:
    """Of every term with an estimated coefficient, all its equations together; () with a single term.

    Source: Fox and Monette (1992).
    """
    rows = Rows(fit, block_of(fit.frame))
    root = rows.to_design().T @ fit.estimate.root  # root root' is the covariance
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    kept, q = fit.estimate.coordinates.kept, fit.beta.shape[1]
    places = {}
    for term in fit.frame.design.terms:
        inside = [k for k, j in enumerate(kept) if j in term.columns]
        if inside and not term.is_intercept:
            places[term.name] = [e * len(kept) + k for e in range(q) for k in inside]
    if len(places) < 2:
        return ()
    every = [k for at in places.values() for k in at]
    whole = _log_det(root[every])
    out = []
    for name, at in places.items():
        others = [k for k in every if k not in set(at)]
        out.append(Inflation(name, len(at), float(np.exp(_log_det(root[at]) + _log_det(root[others]) - whole))))
    return tuple(out)


def _log_det(root: Array) -> float:
    """log det(root root')."""
    triangle = np.linalg.qr(root.T, mode="r")
    return 2.0 * float(np.log(np.abs(np.diag(triangle))).sum())


def vif(fit: Fit) -> Table:
    """term df gvif gvif_root. Raises FitError for penalised or infinite estimates, and with fewer than two terms."""
    refuse_without_maximum(fit, "variance inflation")
    found = inflations(fit)
    if not found:
        raise FitError("variance inflation compares terms, and this model has fewer than two; add another term.")
    note = INFLATION + ("" if fit.frame.design.has_intercept else NO_INTERCEPT)
    made = [(i.term, i.df, i.gvif, i.root) for i in found]
    return table("vif", "Variance inflation", ["term", "df", "gvif", "gvif_root"], made, note)


@dataclass(frozen=True, slots=True)
class Collinearity:
    """Condition indices of the weighted columns at unit length, intercept included, the largest first.

    indices: largest singular value over each. proportions[k, j]: share of the variance of coefficient j on singular
    direction k; the columns add up to one. An index above 30 with two or more shares above one half is a dependence
    between those columns. With several classes the columns are weighted as in the first equation.

    Source: Belsley, Kuh and Welsch (1980), sections 3.1 and 3.2.
    """

    terms: tuple[str, ...]
    indices: Array  # (r,)
    proportions: Array  # (r, r)

    def to_frame(self) -> pd.DataFrame:
        """One row an index: condition_index, then one column a coefficient with its share."""
        shares = pd.DataFrame(self.proportions, columns=list(self.terms))
        shares.insert(0, "condition_index", self.indices, allow_duplicates=True)
        return shares

    @property
    def table(self) -> Table:
        """Each index with the coefficients that have more than half of their variance on it."""
        made = [(index, _shares(self.terms, row)) for index, row in zip(self.indices, self.proportions, strict=True)]
        note = "Of the weighted columns at unit length. Above 30: a dependence (Belsley, Kuh and Welsch 1980)."
        return table("collinearity", "Condition indices", ["condition_index", "terms"], made, note)

    def __str__(self) -> str:
        return str(self.table)


def _shares(terms: Sequence[str], row: Array) -> str | None:
    found = [f"{name} {share:.0%}" for name, share in zip(terms, row, strict=True) if share > SHARED]
    return ", ".join(found) or None


def collinearity(fit: Fit) -> Collinearity:
    """The condition indices of a fit. Raises FitError for penalised or infinite estimates."""
    refuse_without_maximum(fit, "collinearity")
    columns = weighted_columns(fit, fit.estimate.coordinates)
    if columns is None:
        raise FitError("the weighted columns of this fit have no finite triangle; drop the columns that are constant.")
    _, singular, vt = np.linalg.svd(columns)
    parts = np.square(vt / singular[:, None])
    shares = parts / parts.sum(axis=0)
    names = coefficient_names(fit)[: len(singular)]
    return Collinearity(tuple(n.split("@")[0] if fit.beta.shape[1] > 1 else n for n in names),
                        (singular[0] / singular)[::-1], shares[::-1])  # fmt: skip
