"""What the columns of the design cannot tell apart, and too many of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from statlogit.core.types import Status
from statlogit.diagnostics.collinearity import Conditioning, conditioning
from statlogit.diagnostics.words import SHOWN, counted, fitted_again, listed, shrunk, term_text
from statlogit.fit import Fit
from statlogit.fit.dependencies import Dependency, dependencies
from statlogit.tables import Finding

ILL_CONDITIONED = 1e6  # the normal equations of such columns lose 12 of 16 digits
DIGITS = 16.0
LONG, SHORT = 4, 3  # summands of an equation that is still read, and names given of a longer one
FEWEST_KEPT, MOST_KEPT = 6.0, 12.0  # digits of standard errors, by benchmarks.ill_conditioned and farther on to 3e12
ROWS_PER_COEFFICIENT = 3.0
POWER = re.compile(r"I\((\w+) ?\*\* ?(\d+)\)")


def aliased(fit: Fit) -> Iterator[Finding]:
    """Columns that are sums of others, with the sums."""
    if not fit.aliased:
        return
    design = fit.frame.design
    found = dependencies(fit)
    columns = [_sum(design.names, one) for one in found]
    more = f"; and {len(columns) - SHOWN} more" if len(columns) > SHOWN else ""
    it = "It is" if len(columns) == 1 else "They are"
    remedy, run = _without(fit, {one.column for one in found})
    yield Finding(
        "aliased",
        "warning",
        f"{'; '.join(columns[:SHOWN])}{more}. {it} therefore not estimated; the fit and its predictions are those "
        "without.",
        evidence=f"{counted(len(columns), 'column')} of {len(design.names)}, rank {fit.rank}",
        remedy=remedy,
        run=run,
    )


def _without(fit: Fit, columns: set[int]) -> tuple[str, str]:
    """What to do about aliased columns, and its code: terms that are wholly aliased can be left out."""
    gone = [t.name for t in fit.frame.design.terms if set(t.columns) <= columns]
    if not gone:
        keep = (
            "Leave it where a spline or an interaction repeats what another term spans; else drop one term of each sum."
        )
        return keep, "r.effects()" if fit.separation.kind == "none" and fit.status is Status.CONVERGED else ""
    remedy = f"Drop {listed(gone)} from the formula, or another column of each sum."
    less = "".join(f" - {term_text(fit, name)}" for name in gone)
    return remedy, fitted_again(fit, f"formula + {less!r}")


def _sum(names: Sequence[str], found: Dependency) -> str:
    """`b` = 2 `a` + `Intercept`; a long sum by the names in it."""
    parts = found.coefficients
    if len(parts) > LONG:
        return f"`{names[found.column]}` is a sum of {listed([names[k] for k, _ in parts], SHORT)}"
    terms = "".join(_summand(b, names[k]) for k, b in parts)
    text = terms.removeprefix(" + ").replace(" - ", "-", 1) if terms.startswith(" - ") else terms.removeprefix(" + ")
    return f"`{names[found.column]}` = {text or '0'}"


def _summand(coefficient: float, name: str) -> str:
    size = f"{abs(coefficient):.6g}"
    return f" {'-' if coefficient < 0 else '+'} {'' if size == '1' else f'{size}*'}`{name}`"


def ill_conditioned(fit: Fit) -> Iterator[Finding]:
    """Columns that are nearly a sum of others."""
    if fit.separation.kind != "none":
        return
    found = conditioning(fit, ILL_CONDITIONED)
    if found is None:
        return
    names = [fit.frame.design.names[j] for j in found.columns]
    shares = [f"{name} {share:.0%}" for name, share in zip(names, found.shares, strict=True)]
    lost = min(2.0 * math.log10(found.number), DIGITS)
    cured = found.centred < ILL_CONDITIONED
    here = (2.0 if fit.estimate.coordinates.root is None else 1.0) * math.log10(found.centred)
    kept = min(max(DIGITS - here, FEWEST_KEPT), MOST_KEPT)
    yield Finding(
        "ill_conditioned",
        "note" if cured else "warning",
        f"{listed(names) or 'The columns'} {'and the intercept ' if cured else ''}nearly depend on each other "
        f"(condition number {found.number:.1e}): normal equations in them as they stand lose {lost:.0f} of "
        f"{DIGITS:.0f} digits. Here the standard errors keep at least {math.floor(kept)}, the coefficients what the "
        "certificate claims.",
        evidence=f"condition number {found.number:.1e}, centred {found.centred:.1e}; "
        f"share of variance on the smallest direction: {listed(shares)}",
        remedy=_remedy(fit, found, cured),
        run="r.collinearity()",
    )


def _remedy(fit: Fit, found: Conditioning, cured: bool) -> str:
    intercept = fit.frame.design.intercept
    names = [fit.frame.design.names[j] for j in found.columns if j != intercept]
    powers = [match for name in names if (match := POWER.fullmatch(name))]
    if powers and {match[1] for match in powers} == {powers[0][1]}:
        degree = max(int(match[2]) for match in powers)
        return f"Replace the powers by orthogonal ones: poly({powers[0][1]}, {degree})."
    if cured:
        centred = [f"center({name})" for name in names]
        return f"Centre: {listed(centred)}; the intercept then refers to the mean." if names else "Centre the columns."
    return f"Drop one of {listed(names)}: their separate coefficients rest on the last digits of the data."


def too_many(fit: Fit) -> Iterator[Finding]:
    """As many columns as rows, or nearly."""
    n, p, grouped = fit.n_rows, len(fit.frame.design.names), fit.frame.response.kind == "grouped"
    if p > n or (p == n and not grouped):
        yield Finding(
            "more_columns_than_rows",
            "warning",
            f"The formula makes {counted(p, 'column')} for {counted(n, 'row')}, so any outcome at all could be fitted.",
            evidence=f"rank {fit.rank}",
            remedy="Use fewer terms, or fit with penalty=sl.Ridge(1.0)." if fit.settings.ridge is None else "",
            run=fitted_again(fit, penalty="sl.Ridge(1.0)") if fit.settings.ridge is None else "",
        )
    elif fit.settings.ridge is not None:
        return
    elif fit.rank == n:
        yield Finding(
            "near_saturated",
            "note",
            f"As many coefficients as rows, {n:,}: the fitted shares are the observed ones, and nothing is left to "
            "test the fit by.",
            evidence="1.0 rows per coefficient",
            remedy="Leave out a term to test it against this saturated model.",
        )
    elif fit.rank > 1 and not grouped and n < ROWS_PER_COEFFICIENT * fit.rank:
        yield Finding(
            "near_saturated",
            "note",
            f"{counted(n, 'row')} for {counted(fit.rank, 'coefficient')}: the fitted values nearly repeat the data, "
            "and residuals, deviance tests and large-sample standard errors say little.",
            evidence=f"{n / fit.rank:.1f} rows per coefficient",
            remedy="Use fewer terms, or fit with penalty=sl.Firth().",
            run=shrunk(fit),
        )
