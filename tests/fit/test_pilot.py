"""The way by a sample: the same maximum as by full Newton steps, and a refusal wherever a guess fails."""

import numpy as np
import pytest

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Codes, Dense, Mixed
from statlogit.core.families import Bernoulli, Softmax, sigmoid
from statlogit.core.sample import sample
from statlogit.fit import pilot
from statlogit.fit.estimate import Settings, estimate
from statlogit.fit.pilot import _share_looked_at, from_sample

APART = 1e-9  # standard errors: both stop below tol = 1e-10 and polish once more
SAME_ERRORS = 2e-8  # of variances: the information is formed where its standard errors are off by at most 1e-8


def dense(n, p, *, level=-0.5, seed=0, centre=0.0):
    rng = np.random.default_rng(seed)
    x = np.asfortranarray(np.column_stack([np.ones(n), centre + rng.normal(size=(n, p - 1))]))
    beta = rng.normal(size=p) / np.sqrt(p)
    beta[0] = level - centre * beta[1:].sum()
    y = (rng.random(n) < sigmoid(x @ beta).mu).astype(float)
    return Block(Dense(x), y[:, None], np.ones(n), np.zeros((n, 1)))


def with_factor(n, levels, *, smallest=None, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-1, levels - 1, n).astype(np.int32)
    if smallest is not None:
        codes[codes == 0] = 1
        codes[rng.choice(n, smallest, replace=False)] = 0
    x = rng.normal(size=n)
    effect = np.concatenate([rng.normal(size=levels - 1) * 0.5, [0.0]])
    y = (rng.random(n) < sigmoid(0.3 * x + effect[codes] - 0.4).mu).astype(float)
    columns = Mixed(
        (Dense(np.asfortranarray(np.column_stack([np.ones(n), x]))), Codes(codes, levels - 1)),
        (np.array([0, 1]), np.arange(2, levels + 1)),
    )
    return Block(columns, y[:, None], np.ones(n), np.zeros((n, 1)))


def classes(n, p, q, seed=0):
    rng = np.random.default_rng(seed)
    x = np.asfortranarray(np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))]))
    mu = Softmax(q).mean(x @ rng.normal(size=(p, q)) * 0.5).mu
    k = (rng.random((n, 1)) > np.cumsum(mu, axis=1)).sum(axis=1)
    return Block(Dense(x), np.eye(q + 1)[k][:, :q], np.ones(n), np.zeros((n, q)))


def both(block):
    rows, q = InMemory(block), block.y.shape[1]
    family = Bernoulli() if q == 1 else Softmax(q)
    quick = estimate(rows, family, intercept=0, settings=Settings())
    slow = estimate(rows, family, intercept=0, settings=Settings(), start=np.zeros((rows.n_columns, q)))
    return quick, slow


def tailed(n, p, *, tiny=None, seed=0):
    """Columns with heavy tails, or an indicator of a few rows beside normal ones."""
    rng = np.random.default_rng(seed)
    x = np.asfortranarray(np.column_stack([np.ones(n), rng.standard_t(3, size=(n, p - 1))]))
    if tiny is not None:
        x[:, 1:] = rng.normal(size=(n, p - 1))
        x[:, -1] = 0.0
        x[rng.choice(n, tiny, replace=False), -1] = 1.0
    y = (rng.random(n) < sigmoid(x @ rng.normal(size=p) / np.sqrt(p)).mu).astype(float)
    return Block(Dense(x), y[:, None], np.ones(n), np.zeros((n, 1)))


PROBLEMS = {
    "dense": lambda: dense(60_000, 8),
    "heavy tails": lambda: tailed(60_000, 6),
    "an indicator of few rows": lambda: tailed(200_000, 4, tiny=300),
    "far from zero": lambda: dense(60_000, 4, centre=500.0),
    "rare events": lambda: dense(200_000, 4, level=-8.0),
    "factor": lambda: with_factor(60_000, 40),
    "softmax": lambda: classes(60_000, 4, 3),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_sample_leads_to_the_same_maximum(problem):
    quick, slow = both(PROBLEMS[problem]())
    passes = [iterate.score_only for iterate in quick.solution.trace]
    assert passes == [True] * (len(passes) - 1) + [False]
    assert not any(iterate.score_only for iterate in slow.solution.trace)
    error = np.sqrt(np.diag(slow.covariance)).reshape(slow.beta.shape, order="F")
    assert (np.abs(quick.beta - slow.beta) / error).max() < APART
    assert np.diag(quick.covariance) == pytest.approx(np.diag(slow.covariance), rel=SAME_ERRORS)
    assert quick.certificate.exists
    assert quick.loglik == pytest.approx(slow.loglik, rel=1e-13)


def test_offsets_and_weights_take_the_same_way():
    plain = dense(60_000, 4)
    rng = np.random.default_rng(1)
    block = Block(plain.x, plain.y, rng.integers(1, 9, 60_000).astype(float), rng.normal(3.0, 1.0, (60_000, 1)))
    quick, slow = both(block)
    assert quick.solution.trace[0].score_only
    assert quick.beta == pytest.approx(slow.beta, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("rows", [12, 40, 150])
def test_a_tiny_level_is_estimated_all_the_same(rows):
    quick, slow = both(with_factor(60_000, 6, smallest=rows, seed=rows))
    assert quick.solution.converged
    assert quick.beta == pytest.approx(slow.beta, rel=1e-9, abs=1e-10)


def test_a_separated_level_is_not_hidden():
    block = with_factor(60_000, 6, smallest=12, seed=3)
    y = block.y.copy()
    y[block.x.parts[1].codes == 0] = 1.0
    family = Bernoulli()
    rows = InMemory(Block(block.x, y, block.weight, block.offset))
    assert from_sample(rows, family, intercept=0, max_iterations=100, progress=None) is None


def test_few_rows_or_ill_conditioned_columns_are_left_to_full_steps():
    few = InMemory(dense(5_000, 4))
    assert from_sample(few, Bernoulli(), intercept=0, max_iterations=100, progress=None) is None
    block = dense(60_000, 4)
    x = block.x.values.copy(order="F")
    x[:, 3] = x[:, 2] + 1e-7 * x[:, 3]
    ill = InMemory(Block(Dense(x), block.y, block.weight, block.offset))
    assert from_sample(ill, Bernoulli(), intercept=0, max_iterations=100, progress=None) is None


def test_progress_sees_every_pass():
    seen = []
    found = estimate(InMemory(dense(60_000, 4)), Bernoulli(), intercept=0, settings=Settings(progress=seen.append))
    assert [s.loglik for s in seen] == [t.loglik for t in found.solution.trace]


def test_the_sample_starves_no_class_and_weighs_back_to_the_whole():
    block = dense(200_000, 3, level=-7.0)
    rows = InMemory(block)
    found = sample(rows, 4_000)
    few, count = found.block, found.count
    assert count.tolist() == [block.y.sum(), 200_000 - block.y.sum()]
    assert 3_000 < few.x.n_rows < 5_000
    assert few.y.sum() > 0.9 * min(count[0], 1_000)
    assert few.weight.sum() == pytest.approx(200_000, rel=0.03)
    assert (few.weight[few.y[:, 0] == 1]).sum() == pytest.approx(count[0], rel=0.03)


def test_the_sample_does_not_fall_into_step_with_periodic_rows():
    n, period = 100_000, 50
    x = np.asfortranarray(np.column_stack([np.ones(n), np.arange(n) % period]))
    block = Block(Dense(x), np.zeros((n, 1)), np.ones(n), np.zeros((n, 1)))
    few = sample(InMemory(block), 4_000).block
    counts = np.bincount(few.x.to_array()[:, 1].astype(int), minlength=period)
    assert counts.min() > 0.5 * counts.mean()


def leads_to_the_same(block):
    found = from_sample(InMemory(block), Bernoulli(), intercept=0, max_iterations=100, progress=None)
    assert found is not None
    assert [step.score_only for step in found.solution.trace] == [True] * (len(found.solution.trace) - 1) + [False]
    quick, slow = both(block)
    error = np.sqrt(np.diag(slow.covariance))[:, None]
    assert (np.abs(quick.beta - slow.beta) / error).max() < APART
    assert np.diag(quick.covariance) == pytest.approx(np.diag(slow.covariance), rel=SAME_ERRORS)


def test_many_levels_start_from_full_steps_in_coordinates_of_a_sample():
    leads_to_the_same(with_factor(60_000, 400, smallest=12))


def test_many_levels_of_many_rows_are_first_looked_at_in_a_share_of_the_rows():
    assert _share_looked_at(200_000, 301) == 2
    leads_to_the_same(with_factor(200_000, 300))


def test_sorted_levels_of_which_a_share_of_the_rows_knows_some_only():
    block = with_factor(200_000, 300)
    order = np.argsort(block.x.parts[1].codes, kind="stable")
    leads_to_the_same(block.take(order))


def test_many_levels_of_which_one_is_separated_or_repeated_are_left_to_the_caller():
    block = with_factor(60_000, 400, smallest=12)
    y = block.y.copy()
    y[block.x.parts[1].codes == 0] = 1.0
    separated = InMemory(Block(block.x, y, block.weight, block.offset))
    assert from_sample(separated, Bernoulli(), intercept=0, max_iterations=100, progress=None) is None
    dense, codes = block.x.parts
    values = np.column_stack([dense.values[:, :1], (codes.codes == 5).astype(float)])
    twice = Mixed((Dense(np.asfortranarray(values)), codes), block.x.positions)
    repeated = InMemory(Block(twice, block.y, block.weight, block.offset))
    assert from_sample(repeated, Bernoulli(), intercept=0, max_iterations=100, progress=None) is None


def test_a_step_on_a_part_of_the_rows_brings_the_start_nearer(monkeypatch):
    block = dense(200_000, 24)  # so many directions that one lucky sample does not decide
    near, _ = both(block)
    monkeypatch.setattr(pilot, "FEWER", len(block.y))
    far, _ = both(block)
    assert near.solution.trace[0].decrement < 0.85 * far.solution.trace[0].decrement
    np.testing.assert_allclose(near.beta, far.beta, rtol=1e-12)
