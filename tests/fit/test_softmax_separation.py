"""Separation of several classes: the cone by enumeration, the limits by a vanishing ridge in multiple precision."""

import numpy as np
import pytest

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import family_of
from statlogit.fit import programme
from statlogit.fit.estimate import Settings, estimate, is_runaway
from statlogit.fit.programme import by_programme
from statlogit.fit.recession import comparisons
from statlogit.fit.separation import decide
from statlogit.fit.undecided import Undecided
from tests.fit.cones import cone, ridge_limit

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

ROWS = 3  # in a block
LIMIT = 1e-10  # offsets of 2048 round the linear predictors by 5e-13


def block(x, y, n_classes, weight=None):
    shares = np.eye(n_classes)[y][:, 1:] if np.ndim(y) == 1 else np.asarray(y, dtype=float)[:, 1:]
    n = len(x)
    weight = np.ones(n) if weight is None else np.asarray(weight, dtype=float)
    return Block(Dense(np.asarray(x, dtype=float)), shares, weight, np.zeros(shares.shape))


def decided(x, y, n_classes, weight=None):
    """None where the symptom does not fire."""
    rows = block(x, y, n_classes, weight)
    settings = Settings()
    found = estimate(InMemory(rows), family_of(n_classes - 1), intercept=0, settings=settings)
    return decide(InMemory(rows), found, intercept=0, settings=settings) if is_runaway(found) else None


def small(rng):
    """Whole numbers of full rank, three classes that all occur."""
    while True:
        n = int(rng.integers(6, 11))
        x = np.column_stack([np.ones(n, dtype=int), rng.integers(-2, 3, n)])
        y = rng.integers(0, 3, n)
        if rng.uniform() < 0.7:  # orderly classes separate more often
            y = np.where(rng.uniform(size=n) < 0.8, np.clip(x[:, 1] + 1, 0, 2), y)
        if len(set(y)) == 3 and np.linalg.matrix_rank(x) == 2:
            return x, y


def test_agrees_with_the_enumerated_cone_on_small_integer_data():
    rng = np.random.default_rng(11)
    kinds, undetermined = {"none": 0, "quasi": 0, "complete": 0}, 0
    for _ in range(70):
        x, y = small(rng)
        truth, found = cone(x, y, 3), decided(x, y, 3)
        if not len(truth.rays):
            assert found is None or found.kind == "none"
            kinds["none"] += 1
            continue
        assert found.infinite == truth.infinite
        np.testing.assert_array_equal(found.rows, np.flatnonzero(truth.strict.any(axis=1)))
        assert found.kind == ("complete" if truth.strict.sum() == 2 * len(x) else "quasi")
        for j, sign in zip(found.infinite, found.signs, strict=True):
            assert truth.sign(j) in (0, sign)
            undetermined += truth.sign(j) == 0
        kinds[found.kind] += 1
    assert min(kinds.values()) > 8
    assert undetermined > 5


def test_direction_decides_every_comparison_that_can_be():
    rng = np.random.default_rng(12)
    for _ in range(60):
        x, y = small(rng)
        found = decided(x, y, 3)
        if found is None or found.kind == "none":
            continue
        margin, noise = comparisons(x.astype(float), np.eye(3)[y][:, 1:]).margins(
            found.direction.reshape(2, 2, order="F")
        )
        np.testing.assert_array_equal(margin > noise, cone(x, y, 3).strict)


@pytest.mark.parametrize("working_set", [False, True])
def test_programme_alone_agrees_with_the_enumerated_cone(working_set, monkeypatch):
    if working_set:
        monkeypatch.setattr(programme, "ALL_AT_ONCE", 0)
        monkeypatch.setattr(programme, "FIRST", 3)
        monkeypatch.setattr(programme, "MORE", 2)
    rng = np.random.default_rng(13)
    seen = {True: 0, False: 0}
    for _ in range(60):
        x, y = small(rng)
        truth = cone(x, y, 3)
        proof = by_programme(Undecided(InMemory(block(x, y, 3), ROWS)))
        assert (proof is not None) == bool(len(truth.rays))
        if proof is not None:
            compared = comparisons(x.astype(float), np.eye(3)[y][:, 1:])
            assert not (compared.judged(proof.direction).strict & ~truth.strict).any()
        seen[proof is not None] += 1
    assert min(seen.values()) > 10


def apart(seed=1, n=18):
    """Class 0 lies apart in x; classes 1 and 2 overlap in x and z."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    x = np.where(y == 0, -rng.integers(1, 4, n), rng.integers(1, 6, n))
    z = rng.integers(0, 4, n)
    return np.column_stack([np.ones(n, dtype=int), x, z]), y


def rare_level(loser=2, seed=2, n=24):
    """Class `loser` never occurs where the last column is 1."""
    rng = np.random.default_rng(seed)
    level = (np.arange(n) < 8).astype(int)
    x = rng.integers(-3, 4, n)
    y = rng.integers(0, 3, n)
    y[level == 1] = [k for k in range(3) if k != loser] * 4
    return np.column_stack([np.ones(n, dtype=int), x, level]), y


CASES = {
    "reference apart": apart(),
    "another class apart": (apart()[0], (apart()[1] + 1) % 3),
    "a level without class 2": rare_level(2),
    "a level without the reference": rare_level(0),
}


@pytest.mark.parametrize("name", CASES)
def test_finite_coefficients_are_the_limits_of_a_vanishing_ridge(name):
    x, y = CASES[name]
    found = decided(x, y, 3)
    (stronger, _), (beta, std_error) = ridge_limit(x, y, 3)
    diverge = [j for j in range(6) if abs(beta[j] - stronger[j]) > 1]
    assert found.kind == "quasi"
    signs = dict(zip(found.infinite, found.signs, strict=True))
    for j in diverge:  # of undetermined ones the shortest direction moves some not at all
        assert signs[j] == np.sign(beta[j])
    finite = [j for j in range(6) if j not in signs]
    np.testing.assert_allclose(found.limit.beta[finite], beta[finite].astype(float), rtol=LIMIT)
    spread = np.sqrt(np.diag(found.limit.covariance))[finite]
    np.testing.assert_allclose(spread, std_error[finite].astype(float), rtol=LIMIT)
    assert found.limit.certificate.exists
    assert found.limit.certificate.digits > 8


def test_base_with_the_fewest_infinite_contrasts():
    assert decided(*apart(), 3).base == 1  # class 0 lies apart from the two others
    assert decided(*CASES["another class apart"], 3).base == 0


def test_only_the_rare_level_is_infinite_and_only_for_its_class():
    found = decided(*rare_level(2), 3)
    assert (found.infinite, found.signs) == ((5,), (-1,))
    np.testing.assert_array_equal(found.rows, np.arange(8))
    found = decided(*rare_level(0), 3)
    assert (found.infinite, found.signs) == ((2, 5), (1, 1))  # the reference never occurs there: both others gain


@pytest.mark.parametrize("seed", range(4))
def test_two_classes_are_the_binary_decision(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(40), rng.normal(size=(40, 2)), np.arange(40) < 6])
    y = (rng.uniform(size=40) < 0.5).astype(int)
    y[:6] = seed % 2
    found = decided(x, y, 2)
    assert (found.kind, found.infinite, found.signs) == ("quasi", (3,), (2 * (seed % 2) - 1,))
    # a third class that lies apart from both leaves their contrast as it is
    far = np.column_stack([np.ones(10), rng.normal(1000.0, 1.0, 10), rng.normal(size=10), np.zeros(10)])
    three = decided(np.vstack([x, far]), np.append(y, np.full(10, 2)), 3)
    assert three.infinite == (3, 4, 5, 6, 7)
    np.testing.assert_allclose(three.limit.beta[:3], found.limit.beta[:3], rtol=1e-9)
    np.testing.assert_allclose(three.limit.covariance[:3, :3], found.limit.covariance[:3, :3], rtol=1e-8)


def test_shares_are_tied_as_their_expanded_rows_are():
    x, y = rare_level(2)
    keys, member = np.unique(x, axis=0, return_inverse=True)
    counts = np.zeros((len(keys), 3))
    np.add.at(counts, (member.reshape(-1), y), 1.0)
    total = counts.sum(axis=1)
    grouped = decided(keys, counts / total[:, None], 3, total)
    plain = decided(x, y, 3)
    assert (grouped.kind, grouped.infinite, grouped.signs) == (plain.kind, plain.infinite, plain.signs)
    finite = [j for j in range(6) if j not in plain.infinite]
    np.testing.assert_allclose(grouped.limit.beta[finite], plain.limit.beta[finite], rtol=LIMIT)
    assert grouped.limit.loglik == pytest.approx(plain.limit.loglik, rel=LIMIT)


def test_all_classes_apart_is_complete_and_has_no_limit():
    x = np.column_stack([np.ones(9), np.repeat([-5, 0, 5], 3) + np.tile([0, 1, 2], 3), np.tile([0, 1, 2], 3)])
    found = decided(x, np.repeat([0, 1, 2], 3), 3)
    assert (found.kind, found.limit) == ("complete", None)
    assert found.infinite == tuple(range(6))


def test_a_ruled_out_class_stays_out_where_its_predictor_is_huge():
    """At the outlier the log-odds of class 2, which the level rules out, are far above the first offset."""
    x, y = rare_level(2)
    x = x.astype(float)
    order = np.argsort(x[:, 1], kind="stable")
    y = y.copy()
    y[order[-6:]] = np.where(x[order[-6:], 2] == 1, y[order[-6:]], 2)
    plain = decided(x, y, 3)
    outlier = np.array([1.0, 1e6, 1.0])
    slope = plain.limit.beta[[1, 4]]
    assert slope[1] > max(slope[0], 0.0)
    far = decided(np.vstack([x, outlier]), np.append(y, int(slope[0] > 0)), 3)
    assert far.infinite == plain.infinite
    finite = [0, 1, 2, 3, 4]
    np.testing.assert_allclose(far.limit.beta[finite], plain.limit.beta[finite], rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_no_false_alarm_on_overlapping_classes(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(120), rng.normal(size=(120, 3))])
    found = decided(x, rng.integers(0, 4, 120), 4)
    assert found is None or found.kind == "none"
