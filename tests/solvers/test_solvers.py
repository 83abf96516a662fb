"""Every solver on every problem, and what each promises on its way."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.core.objective import Objective
from statlogit.core.types import Status
from statlogit.fit.estimate import Settings, estimate
from statlogit.solvers.auto import choose
from statlogit.solvers.gradient import GradientDescent
from statlogit.solvers.irls import Irls
from statlogit.solvers.lbfgs import Lbfgs
from statlogit.solvers.metric import bound_metric
from statlogit.solvers.newton_cg import NewtonCG, information_times
from statlogit.solvers.protocol import maximize
from statlogit.solvers.sgd import Sgd, State
from tests.solvers.cases import PROBLEMS, block, objective_of, problem, truth

SAME_MAXIMUM = 1e-8  # what the contract asks of first-order solvers in good coordinates
SOLVERS = (Irls(), Lbfgs(), Lbfgs(memory=2), NewtonCG(), GradientDescent(), GradientDescent(nesterov=True))
ROUNDING = 1e-13  # share of the log-likelihood by which sums of blocks may waver


def solved(objective, solver, tol=1e-11, limit=20_000):
    start = np.zeros(objective.shape)
    return maximize(objective, solver, start=start, tol=tol, max_iterations=limit, watch_separation=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
def test_every_solver_reaches_the_maximum(solver, name):
    objective = problem(name)
    found = solved(objective, solver)
    assert found.status is Status.CONVERGED
    assert np.abs(found.beta - truth(objective).beta).max() <= SAME_MAXIMUM


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
def test_sgd_comes_near_and_says_it_stopped_short(name):
    objective = problem(name)
    found = solved(objective, Sgd(batch=40, epochs=30))
    assert found.status is Status.MAX_ITERATIONS
    assert found.n_iter == 30
    best = truth(objective)
    std_error = np.sqrt(np.diag(np.linalg.inv(best.trace[-1].quadratic.information)))
    assert np.abs((found.beta - best.beta).ravel(order="F") / std_error).max() < 1.0


@pytest.mark.parametrize("name", PROBLEMS)
def test_gradient_descent_never_lets_the_loss_rise(name):
    trace = solved(problem(name), GradientDescent(), limit=300).trace
    assert all(b.loglik >= a.loglik - ROUNDING * abs(a.loglik) for a, b in itertools.pairwise(trace))
    assert all(math.isnan(row.decrement) for row in trace)


def test_gradient_descent_can_be_followed_by_hand():
    """x = 1, 2, 3, 4; y = 0, 0, 1, 1; rate 1/2. At w = 0 every probability is 1/2, so step one is rational."""
    x, y, rate = [1, 2, 3, 4], [0, 0, 1, 1], Fraction(1, 2)
    first = [rate * sum(Fraction(2 * b - 1, 2) * v for b, v in zip(y, column, strict=True)) / 4 for column in
             ([1] * 4, x)]  # fmt: skip
    assert first == [0, Fraction(1, 4)]
    design = np.column_stack([np.ones(4), x])
    rows = InMemory(Block(Dense(design), np.array(y, float)[:, None], np.ones(4), np.zeros((4, 1))))
    steps = GradientDescent(rate=0.5).iterates(Objective(rows, Bernoulli()), np.zeros((2, 1)))
    zero, one, two = itertools.islice(steps, 3)
    assert zero.loglik == pytest.approx(-4 * math.log(2), rel=1e-15)
    assert one.beta[:, 0].tolist() == [float(v) for v in first]
    residual = [b - 1 / (1 + math.exp(-v / 4)) for b, v in zip(y, x, strict=True)]
    by_hand = [0.5 * sum(residual) / 4, 0.25 + 0.5 * sum(r * v for r, v in zip(residual, x, strict=True)) / 4]
    assert two.beta[:, 0] == pytest.approx(by_hand, rel=1e-14)


@pytest.mark.parametrize("solver", [*SOLVERS, Sgd()], ids=repr)
def test_softmax_of_two_classes_is_binary(solver):
    one, other = (solved(problem(name), solver).beta for name in ("binary", "softmax of two"))
    assert one == pytest.approx(other, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", ["binary", "softmax3", "ridge"])
def test_products_are_those_of_the_information(name):
    objective, rng = problem(name), np.random.default_rng(1)
    beta, vector = rng.normal(size=objective.shape), rng.normal(size=objective.shape)
    whole = objective.quadratic_at(beta).information @ vector.ravel(order="F")
    assert information_times(objective, beta, vector).ravel(order="F") == pytest.approx(whole, rel=1e-11)


def test_sgd_repeats_its_seed_and_no_other():
    objective = problem("binary")
    same, again, other = (solved(objective, Sgd(seed=seed, batch=64)).beta for seed in (1, 1, 2))
    assert (same == again).all()
    assert (same != other).any()


def test_sgd_goes_on_with_new_rows():
    """Two epochs are one epoch and another; rows that come later move the answer."""
    objective = problem("binary")
    walk, metric = Sgd(rate=0.5, epochs=2), bound_metric(objective)
    one = walk.advance(State.at(np.zeros(objective.shape)), objective.rows, objective, metric)
    two = walk.advance(one.restarted, objective.rows, objective, metric)
    assert (walk.estimate(two) == solved(objective, walk).beta).all()
    more = walk.advance(two, objective_of(block(seed=3)).rows, objective, metric)
    assert more.epochs == 3
    assert (more.beta != two.beta).any()


def test_sgd_over_a_stream_is_as_good_as_its_rows_are_many():
    """Each chunk is seen once. The average over all but the first is within a few standard errors of the maximum."""
    whole = block(seed=8, n=40_000, p=5)
    objective = objective_of(whole, rows_per_block=2_000)
    walk, state, metric = (
        Sgd(batch=50, decay=0.0, rate=0.1),
        State.at(np.zeros(objective.shape)),
        bound_metric(objective),
    )
    for k, chunk in enumerate(objective.rows):
        state = walk.advance(state.restarted if k == 1 else state, [chunk], objective, metric)
    best = truth(objective)
    std_error = np.sqrt(np.diag(np.linalg.inv(best.trace[-1].quadratic.information)))
    assert np.abs((walk.estimate(state) - best.beta)[:, 0] / std_error).max() < 3.0


@pytest.mark.slow
def test_averaged_sgd_is_within_a_tenth_of_a_standard_error_for_every_seed():
    objective = objective_of(block(seed=5, n=100_000, p=6), rows_per_block=8192)
    best = truth(objective)
    std_error = np.sqrt(np.diag(np.linalg.inv(best.trace[-1].quadratic.information)))
    off = [
        float(np.abs((solved(objective, Sgd(epochs=5, seed=seed)).beta - best.beta)[:, 0] / std_error).max())
        for seed in range(12)
    ]
    assert max(off) < 0.1


@pytest.mark.parametrize("solver", [Lbfgs(), NewtonCG(), GradientDescent()], ids=repr)
def test_the_certificate_holds_for_every_solver(solver):
    rows = InMemory(block())
    found = estimate(rows, Bernoulli(), intercept=0, settings=Settings(solver=solver, tol=1e-8, max_iterations=5000))
    best = estimate(rows, Bernoulli(), intercept=0, settings=Settings())
    assert found.solution.converged
    assert found.certificate.distance < 1e-9
    assert found.beta == pytest.approx(best.beta, rel=1e-10)


def test_a_solver_that_stops_short_says_how_far():
    rows = InMemory(block())
    settings = Settings(solver=GradientDescent(), max_iterations=6)
    found = estimate(rows, Bernoulli(), intercept=0, settings=settings)
    best = estimate(rows, Bernoulli(), intercept=0, settings=Settings())
    off = np.abs(found.beta - best.beta).ravel() / np.sqrt(np.diag(best.covariance))
    assert found.solution.status is Status.MAX_ITERATIONS
    assert 1e-4 < off.max() <= found.certificate.distance


@pytest.mark.parametrize(
    ("n", "p", "classes", "name"),
    [(200, 5, 2, "irls"), (10**6, 20, 5, "irls"), (10**4, 2000, 2, "newton-cg"), (200_000, 100, 100, "lbfgs")],
)
def test_auto_picks_by_size_and_says_why(n, p, classes, name):
    solver, reason = choose(n, p, classes)
    assert solver.name == name
    assert reason.endswith(".")


@pytest.mark.parametrize("wrong", [{"rate": 0.0}, {"rate": math.inf}, {"batch": 0}, {"epochs": 0}, {"decay": -1.0}])
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sgd(**wrong)
    with pytest.raises(ValueError, match="memory"):
        Lbfgs(memory=0)
    with pytest.raises(ValueError, match="rate"):
        GradientDescent(rate=-1.0)
