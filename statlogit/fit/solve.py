"""solve(): rows in, estimate out, with the decision whether a finite maximum exists. Knows no formula and no names."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.blocks import ROWS_PER_BLOCK, Block, InMemory, RowBlocks, Selected
from statlogit.core.coordinates import code_columns
from statlogit.core.discrete import compressed
from statlogit.core.families import family_of
from statlogit.core.sample import n_rows
from statlogit.core.types import Array, Status, all_are, is_repeated, repeated
from statlogit.fit.dual import estimate_dual, is_wide
from statlogit.fit.estimate import Estimate, Settings, estimate, is_runaway
from statlogit.fit.gathered import gathered
from statlogit.fit.separation import NONE, Separation, decide
from statlogit.solvers.irls import Irls

LONG = 100_000  # numbers that are worth a look whether they are all the same
MANY_CLASSES = 16
TALLER = 16
FEW_NUMERIC = 64
MOST_DECIDED = 1e12  # rows times squared columns of files, beyond which a decision takes longer than minutes
MOST_CLIMBS = 3  # from a point so flat that the tolerance holds though no maximum is proved


@dataclass(frozen=True, slots=True)
class Solved:
    """The estimate, how its climb ended and whether a finite maximum exists."""

    estimate: Estimate
    separation: Separation
    status: Status
    settings: Settings  # with the tolerance that was needed


def tiled(block: Block) -> InMemory:
    """The rows of a block, tile by tile.

    Each tile adds one p x p matrix to a sum. Where many columns are factor codes that addition, not the counting,
    would be the cost, so their tiles are taller; the few numeric columns still fit the cache. Where many classes make
    the linear predictors wide, tiles are lower.
    """
    block = _shortened(block)
    n_classes = block.y.shape[1] + 1
    if n_classes > MANY_CLASSES:
        return InMemory(block, max(512, ROWS_PER_BLOCK * MANY_CLASSES // n_classes))
    n_coded = len(code_columns(block.x))
    tall = n_coded > 512 and block.x.n_columns - n_coded <= FEW_NUMERIC
    return InMemory(block, ROWS_PER_BLOCK * (TALLER if tall else 1))


def _shortened(block: Block) -> Block:
    """One weight or offset for all rows in the memory of one number, which passes need not read row by row."""
    return replace(block, weight=_once(block.weight), offset=_once(block.offset))


def _once(v: Array) -> Array:
    if v.size < LONG or is_repeated(v) or v.flat[0] != v.flat[-1] or not all_are(v, v.flat[0]):
        return v
    return repeated(v.flat[0], *v.shape)


def solve(
    rows: RowBlocks, block: Block | None, *, intercept: int | None, settings: Settings, start: Array | None = None
) -> Solved:
    """Maximise the (penalised) likelihood of these rows, tiled as `rows` and whole as `block`.

    block: None where the rows are in files; then they are brought into memory only to decide separation, if they are
    few. Beyond MOST_DECIDED that stays undecided.

    Raises OutOfScaleError where a variance in a column's units does not fit in a number.
    """
    family = family_of((next(iter(rows)) if block is None else block).y.shape[1])
    wide = settings.ridge is not None and is_wide(n_rows(rows) if block is None else block.x.n_rows, settings)
    climb, some = (estimate_dual, rows) if wide else (estimate, _distinct(rows, block, settings))
    found = climb(some, family, intercept=intercept, settings=settings, start=start)
    separation, status = NONE, found.solution.status
    if not is_runaway(found):
        return Solved(found, separation, status, settings)
    all_rows = _for_many_passes(rows, block)
    if all_rows is None:
        return Solved(found, separation, status, settings)
    if settings.ridge is not None and settings.inference and _free_columns_separate(all_rows, intercept, settings):
        status = Status.SEPARATED
        found = replace(found, solution=replace(found.solution, status=status))
    if not settings.penalised and settings.inference:
        by_newton = replace(settings, solver=Irls())
        separation = decide(all_rows, found, intercept=intercept, settings=by_newton)
        if separation.kind == "none" and status is Status.SEPARATED:  # a false alarm of the symptom: climb on
            found = estimate(some, family, intercept=intercept, settings=settings, start=start, watch_separation=False)
            status = found.solution.status
        for _ in range(MOST_CLIMBS):
            if separation.kind != "none" or found.certificate.exists or status is not Status.CONVERGED:
                break
            settings = replace(settings, tol=settings.tol * 1e-4)
            beta = np.nan_to_num(found.beta)
            found = estimate(some, family, intercept=intercept, settings=settings, start=beta, watch_separation=False)
            status = found.solution.status
    return Solved(found, separation, status, settings)


def _for_many_passes(rows: RowBlocks, block: Block | None) -> RowBlocks | None:
    """The rows of a decision, those of files in memory where they are few; None: too many."""
    if block is not None:
        return tiled(block)
    few = gathered(rows)
    if few is not None:
        return tiled(few)
    return rows if n_rows(rows) * float(rows.n_columns) ** 2 <= MOST_DECIDED else None


def _distinct(rows: RowBlocks, block: Block | None, settings: Settings) -> RowBlocks:
    """The rows, identical ones as one where covariates are discrete and the steps do not pick rows."""
    if block is None or not (isinstance(settings.solver, Irls) and settings.inference):
        return rows
    few = compressed(rows.block if isinstance(rows, InMemory) else block)
    return rows if few is None else InMemory(few)


def _free_columns_separate(rows: RowBlocks, intercept: int | None, settings: Settings) -> bool:
    """Whether the columns without a ridge penalty alone separate the rows: then nothing stops their coefficients."""
    free = [j for j, strength in enumerate(settings.ridge or ()) if strength == 0.0]
    if not free:
        return False
    some = Selected(rows, tuple(free))
    at = None if intercept is None else free.index(intercept)
    plain = Settings(max_iterations=settings.max_iterations)
    family = family_of(next(iter(rows)).y.shape[1])
    found = estimate(some, family, intercept=at, settings=plain)
    return is_runaway(found) and decide(some, found, intercept=at, settings=plain).kind != "none"
