"""Our fits as models of the package marginaleffects: `avg_slopes(adapt(r))`. Needs marginaleffects 0.6 or newer.

The package sets columns of the data to other values and asks the model for predictions; what it is given here are the
columns as the formula reads them, the design as it was learned, and the covariance that the result has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from statlogit.errors import missing_extra

try:
    import polars as pl
    from marginaleffects.classes import ModelAbstract, ModelVault
except ImportError as error:
    raise missing_extra("statlogit.marginaleffects", "marginaleffects", "neighbours") from error

from statlogit.core.families import sigmoid
from statlogit.core.types import Array
from statlogit.design.values import Labels, Numbers, Value
from statlogit.effects.predict_classes import choices
from statlogit.effects.streamed import held
from statlogit.effects.subject import Subject
from statlogit.effects.variables import Variable
from statlogit.results import LogitResult, MultinomialResult

WEIGHT = "_weight"


def adapt(result: LogitResult | MultinomialResult, newdata: Any = None) -> Adapted:
    """The model that functions of marginaleffects take: slopes, comparisons, predictions, hypotheses, datagrid.

    newdata: the rows to average over; the used rows by default. Columns that the formula turns into levels become
    categories named by their text. `vcov="HC3"` and the like choose a covariance; p-values are normal ones.
    A fit with weights has them as the column `_weight`, so that `wts="_weight"` gives our averages.
    Raises FitError for a fit without a finite maximum, which has no effects.
    """
    return Adapted(result, result._subject(newdata))


class Adapted(ModelAbstract):
    """A base class of theirs, since marginaleffects asks for no less."""

    df_resid = None  # else p-values would be those of t

    def __init__(self, result: LogitResult | MultinomialResult, subject: Subject) -> None:
        self.subject = subject
        q = subject.beta.shape[1]
        equations = [c for k, c in enumerate(subject.classes) if k != subject.base] if q > 1 else [None]
        names = subject.design.names
        vault = ModelVault(
            coef=subject.beta.ravel(order="F"),
            coefnames=np.array([n if e is None else f"{n}@{e}" for e in equations for n in names]),
            formula=_never_called,
            modeldata=_frame(subject),
            package="statlogit",
            variable_names=[subject.design.reading.response_text, *(v.name for v in subject.variables)],
        )
        super().__init__(result, vault)

    def get_vcov(self, vcov: bool | str = True) -> Array | None:
        """The covariance of the result; another for its name; None for False."""
        if isinstance(vcov, str):
            return np.nan_to_num(np.asarray(self.model.cov_params(vcov)))  # nan: of aliased columns
        return self.subject.covariance if vcov else None

    def get_exog(self, newdata: pl.DataFrame) -> Array:
        """(n, p) the design of these rows; (n, p + 1) with the offset last where the model has one."""
        kinds = {v.name: v for v in self.subject.variables}
        wanted = self.subject.design.variables
        columns = {name: _read(newdata[name], kinds.get(name), self.subject) for name in wanted}
        rows = self.subject.design.matrix(pl.DataFrame(columns))
        why = next((reason for reason in rows.reasons if reason is not None), None)
        if why is not None:
            raise ValueError(f"a row cannot be predicted: {why}")
        x = rows.x.to_array()
        return x if rows.offset is None else np.column_stack([x, rows.offset])

    def get_predict(self, params: Array, newdata: Array) -> pl.DataFrame:
        """Probabilities of the rows of get_exog; of every class of several, under each other."""
        beta = np.reshape(params, self.subject.beta.shape, order="F")
        p = len(beta)
        eta = newdata[:, :p] @ beta + newdata[:, p:].sum(axis=1, keepdims=True)
        rowid = pl.Series("rowid", np.arange(len(eta)), dtype=pl.Int32)
        if not self.subject.classes:
            return pl.DataFrame([rowid, pl.Series("estimate", sigmoid(eta[:, 0]).mu)])
        eta = np.insert(eta, self.subject.base, 0.0, axis=1) if eta.shape[1] < len(self.subject.classes) else eta
        share, _ = choices(eta)
        parts = [
            pl.DataFrame([rowid, pl.Series("estimate", share[:, k])]).with_columns(pl.lit(str(label)).alias("group"))
            for k, label in enumerate(self.subject.classes)
        ]
        return pl.concat(parts).select("rowid", "group", "estimate")

    def get_autodiff_args(self) -> dict[str, str] | None:
        """What it needs to differentiate exactly; forward differences of slopes would leave three digits."""
        if self.subject.classes or self.subject.design.offset_name is not None:
            return None
        return {"model_type": "glm", "family": "binomial", "link": "logit"}


def _never_called(_data: Any) -> None:
    """Stands where marginaleffects keeps a formula: ours are read by our own design."""


def _frame(subject: Subject) -> pl.DataFrame:
    """The columns that the formula reads, as they are in the rows to average over."""
    rows = held(subject.population)
    raw, weight = rows.raw, rows.weight
    out = {}
    for variable in subject.variables:
        out[variable.name] = _column(raw.column(variable.name), variable)
    for name in subject.design.variables:
        if name not in out:  # the offset
            out[name] = pl.Series(rows.offset[:, 0])
    if (weight != 1.0).any():
        out[WEIGHT] = pl.Series(weight)
    return pl.DataFrame(out)


def _column(value: Value, variable: Variable) -> pl.Series:
    if isinstance(value, Numbers) and variable.kind != "levels":
        return pl.Series(value.values).cast(
            {"numeric": pl.Float64, "binary": pl.Int64, "truth": pl.Boolean}[variable.kind]
        )
    if isinstance(value, Labels):
        known = [None if code < 0 else str(value.levels[code]) for code in value.codes.tolist()]
    else:
        known = [_text(number, variable) for number in value.values.tolist()]
    return pl.Series(known, dtype=pl.Enum([str(level) for level in variable.levels]))


def _text(number: float, variable: Variable) -> str:
    """The name of the level that a number is."""
    return next(str(level) for level in variable.levels if level == number)


def _read(column: pl.Series, variable: Variable | None, subject: Subject) -> pl.Series:
    """A column of marginaleffects as the fit would have read it: levels that were numbers are numbers again."""
    if variable is None or variable.kind != "levels":
        return column
    if isinstance(held(subject.population).raw.columns[variable.name], Labels):
        return column.cast(pl.String)
    back = {str(level): float(level) for level in variable.levels}
    return pl.Series(column.name, [back[text] for text in column.cast(pl.String).to_list()])
