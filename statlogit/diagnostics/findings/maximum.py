"""Whether there is a maximum, whether it was reached, and how well it is known."""

from __future__ import annotations

from collections.abc import Iterator

from statlogit.core.types import Status
from statlogit.diagnostics.words import counted, fitted_again, listed, shrunk
from statlogit.fit import Fit
from statlogit.fit.separation import suspects
from statlogit.tables import Finding

LOOSE = 1e-6  # standard errors: a claim above it leaves fewer than six digits of an estimate as large as its error


def separation(fit: Fit) -> Iterator[Finding]:
    """Which coefficients are infinite, and the rows that make them so."""
    found = fit.separation
    if found.kind == "none":
        return
    columns, response = fit.frame.design.names, fit.frame.response
    several = fit.beta.shape[1] > 1
    classes = [level for level in response.levels if level != response.reference]
    names = [f"{k}:{name}" for k in classes for name in columns] if several else list(columns)
    signs = [f"{names[j]} -> {'+' if s > 0 else '-'}inf" for j, s in zip(found.infinite, found.signs, strict=True)]
    moved = dict.fromkeys(j % len(columns) for j in found.infinite)
    movable = [columns[j] for j in moved if j != fit.frame.design.intercept] or ["a column"]
    count = found.n_rows
    rows = f"{count:,} of {fit.n_rows:,} rows"
    does = f"rules out at least one class in {rows}" if several else f"predicts {rows} perfectly"
    remedy = f"Drop or merge {listed(movable)}, or fit with penalty=sl.{'Ridge(1.0)' if several else 'Firth()'}."
    if found.base:
        remedy += f" With reference={classes[found.base - 1]!r} fewer coefficients are infinite."
    yield Finding(
        "separation",
        "error",
        f"The data are {'completely' if found.kind == 'complete' else 'quasi-completely'} separated: "
        f"{listed(signs)}. A combination of these columns {does}, so the likelihood has no finite maximum.",
        evidence=f"{counted(count, 'row')} separated",
        remedy=remedy,
        run=shrunk(fit),
    )


def convergence(fit: Fit) -> Iterator[Finding]:
    """How the climb ended."""
    solution = fit.estimate.solution
    if fit.separation.kind != "none":
        return
    steps = counted(solution.n_iter, "iteration")
    if fit.status is Status.CONVERGED and not fit.settings.inference:
        yield _without_errors(fit, steps)
        return
    if fit.status is Status.CONVERGED:
        yield Finding("converged", "ok", f"Converged in {steps}. {fit.estimate.certificate.sentence}")
        return
    if fit.status is Status.SEPARATED and not (fit.frame.in_memory or fit.settings.penalised):
        yield _undecided(fit, steps)
        return
    yield Finding(
        "not_converged",
        "error",
        f"Not converged after {steps}: {fit.status.value}. The coefficients are the last iterate, not the maximum, and "
        "no standard errors or tests are given.",
        evidence=f"Newton decrement {fit.estimate.certificate.decrement:.3g} standard errors",
        remedy=remedy_of(fit, fit.status),
        run=_run(fit),
    )


def _undecided(fit: Fit, steps: str) -> Finding:
    """Rows in files that look separated, and are too many to decide it."""
    columns, q = fit.frame.design.names, fit.beta.shape[1]
    moved = list(dict.fromkeys(j % len(columns) for j in suspects(fit.estimate)))
    named = [columns[j] for j in moved if j != fit.frame.design.intercept] or [columns[j] for j in moved]
    what = listed(named or ["some columns"])
    penalty = "Firth()" if q == 1 else "Ridge(1.0)"
    return Finding(
        "not_converged",
        "error",
        f"Not converged after {steps}: the coefficients of {what} grow by about as much in every step while the "
        "information about them vanishes, as they do where the data are separated and no finite maximum exists. For "
        f"{fit.n_rows:,} rows in files and {len(columns):,} columns that is not decided; no standard errors or tests "
        "are given.",
        evidence=f"Newton decrement {fit.estimate.certificate.decrement:.3g} standard errors",
        remedy=f"Fit a sample in memory, where it is decided; drop or merge {what}; or fit with penalty=sl.{penalty}, "
        "whose maximum always exists.",
        run=shrunk(fit),
    )


def remedy_of(fit: Fit, status: Status) -> str:
    """What to do about each way of not converging."""
    solver, intercept = fit.estimate.solution.solver, fit.frame.design.intercept
    columns = [name for j, name in enumerate(fit.frame.design.names) if j != intercept]
    offsets = " the offset is on the log-odds scale and" if any(fit.frame.offsets) else ""
    match status:
        case Status.MAX_ITERATIONS if solver in ("irls", "firth"):
            return f"Raise the limit, for example max_iterations={10 * fit.settings.max_iterations}."
        case Status.MAX_ITERATIONS:
            longer = "more epochs" if solver == "sgd" else "a larger max_iterations"
            return f'Fit with solver="auto", or give this solver {longer}.'
        case Status.STEP_FAILED if solver not in ("irls", "firth", "auto"):
            return 'Fit with solver="auto": Newton steps need no rate and are halved until the log-likelihood rises.'
        case Status.STEP_FAILED:
            return (
                f"Fit without start=, rescale {listed(columns)} to a spread near 1, or fit with penalty=sl.Ridge(1.0)."
            )
        case Status.SINGULAR:
            return (
                f"No row informs about some combination of the columns: check that{offsets} no value of "
                f"{listed(columns or ['the data'])} is extreme; then drop a column, or fit with penalty=sl.Ridge(1.0)."
            )
        case Status.NOT_FINITE:
            return (
                f"Check that{offsets} no value of {listed(columns or ['the data'])} and no weight is extreme; "
                "fit without start=, or rescale the columns to a spread near 1."
            )
        case Status.SEPARATED if fit.settings.ridge is not None:
            return (
                "The columns without a ridge penalty separate the data, so nothing stops their coefficients: penalise "
                "every term, for example penalty=sl.Ridge(1.0)."
            )
        case Status.CONVERGED | Status.SEPARATED:
            return "Fit with penalty=sl.Firth() or sl.Ridge(1.0): their maximum always exists."


def _run(fit: Fit) -> str:
    """The code of what a remedy for not converging says first, where it can be written down."""
    newton = fit.estimate.solution.solver in ("irls", "firth")
    match fit.status:
        case Status.MAX_ITERATIONS if newton:
            return fitted_again(fit, max_iterations=str(10 * fit.settings.max_iterations))
        case Status.MAX_ITERATIONS | Status.STEP_FAILED if not newton:
            return fitted_again(fit, solver="'auto'")
        case Status.NOT_FINITE:
            return ""
    return fitted_again(fit, penalty="sl.Ridge(1.0)")


def _without_errors(fit: Fit, steps: str) -> Finding:
    gradient, size = fit.estimate.solution.trace[-1].gradient, fit.beta.size
    return Finding(
        "converged",
        "note",
        f"Converged in {steps} to a gradient of {gradient:.1e} per row. Standard errors, tests and the proof that a "
        f"finite maximum exists are left out: the information matrix of {size:,} coefficients takes "
        f"{8e-9 * size**2:.2g} GB.",
        remedy="Ask for them with standard_errors=True.",
        run=fitted_again(fit, standard_errors="True"),
    )


def ridge(fit: Fit) -> Iterator[Finding]:
    """What the numbers of a shrunk estimate are, and what they are not."""
    if fit.settings.ridge is None or fit.status is not Status.CONVERGED or not fit.settings.inference:
        return
    count, left = fit.rank * fit.beta.shape[1], fit.estimate.effective_df
    yield Finding(
        "ridge",
        "note",
        f"A ridge penalty in {fit.settings.units} units leaves {left:.1f} effective of {count:,} coefficients. "
        "Estimates are shrunk towards zero; standard errors and intervals are posterior ones, of a normal prior of "
        "variance 1 / strength, and z and p are no tests of the unshrunken coefficients.",
        evidence=f"trace of the inverse penalised information times the information: {left:.4g}",
    )


def certificate(fit: Fit) -> Iterator[Finding]:
    """A claim too weak for the digits that are printed."""
    claim = fit.estimate.certificate
    if fit.status is not Status.CONVERGED or fit.separation.kind != "none":
        return
    if fit.settings.firth or not fit.settings.inference:
        return
    if claim.exists and claim.distance <= LOOSE:
        return
    sentence = (
        f"The coefficients are only certified to {claim.distance:.0e} standard errors of the maximum."
        if claim.exists
        else "That a finite maximum exists near the estimate could not be certified."
    )
    yield Finding(
        "loose_certificate",
        "warning",
        f"{sentence} Their last printed digits may be wrong.",
        evidence=f"Newton decrement {claim.decrement:.1e}; a row moves {claim.reach:.1e} per standard error",
        remedy=f"Lower the tolerance, for example tol={fit.settings.tol * 1e-3:.0e}; or rescale weights and columns.",
        run=fitted_again(fit, tol=f"{fit.settings.tol * 1e-3:.0e}"),
    )
