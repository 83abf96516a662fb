"""Predictions counted in cells: the exact answers while they are few, and bounds that hold beyond."""

import numpy as np
import pytest

from statlogit.core.blocks import add_in_tree
from statlogit.core.families import sigmoid
from statlogit.core.types import Array
from statlogit.diagnostics import cells as module
from statlogit.diagnostics.cells import Cells, cells
from statlogit.diagnostics.discrimination import concordance, pairs, roc
from statlogit.diagnostics.ranking import Outcomes, ranked
from statlogit.diagnostics.scores import score_sums, scores
from statlogit.errors import FitError

SUMS = 1e-12  # relative: the same terms in another order
N = 3000


def drawn(n: int = N, seed: int = 1, *, centre: float = -1.0, ties: bool = False) -> Outcomes:
    rng = np.random.default_rng(seed)
    eta = centre + 1.3 * rng.standard_normal(n)
    if ties:
        eta = np.round(eta, 1)
    mean = sigmoid(eta)
    weight = rng.integers(1, 4, n).astype(float)
    events = weight * (rng.random(n) < mean.mu)
    return Outcomes(eta, mean.mu, mean.complement, events, weight - events)


def cut(found: Outcomes, size: int) -> list[Outcomes]:
    fields = (found.eta, found.mu, found.complement, found.events, found.nonevents)
    return [Outcomes(*(v[k : k + size] for v in fields)) for k in range(0, len(found.mu), size)]


def counted(found: Outcomes, size: int) -> Cells:
    return add_in_tree(map(cells, cut(found, size)))


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("size", [64, 700])
def test_few_predictions_are_counted_exactly(ties: bool, size: int) -> None:
    found = drawn(ties=ties)
    one, two = counted(found, size).ranking(), ranked(found)
    assert one.width == 0.0
    for name in ("eta", "mu", "complement", "events", "nonevents"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    assert roc(one).auc == roc(two).auc
    assert roc(one).auc_bound == 0.0


@pytest.mark.parametrize("centre", [-1.0, -8.0, 6.0])
@pytest.mark.parametrize("most", [40, 300, 2000])
def test_the_area_lies_within_its_bound(monkeypatch: pytest.MonkeyPatch, centre: float, most: int) -> None:
    found = drawn(40_000 if centre == -8.0 else N, centre=centre)
    exact = roc(ranked(found)).auc
    monkeypatch.setattr(module, "MOST_CELLS", most)
    one = roc(counted(found, 500).ranking())
    assert len(one.threshold) <= most + 1
    assert 0.0 < one.auc_bound < 0.1
    assert abs(one.auc - exact) <= one.auc_bound
    low, high = one.conf_int()
    assert low <= exact - 0.9 * one.auc_se
    assert high >= exact + 0.9 * one.auc_se


def test_concordant_pairs_of_cells_are_concordant(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn()
    exact = pairs(ranked(found))
    monkeypatch.setattr(module, "MOST_CELLS", 100)
    some = counted(found, 128).ranking()
    rough = pairs(some)
    assert rough.concordant <= exact.concordant <= rough.concordant + rough.tied
    assert rough.discordant <= exact.discordant <= rough.discordant + rough.tied
    assert "in one cell of" in concordance(some).note


def test_the_cells_do_not_depend_on_how_rows_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn()
    monkeypatch.setattr(module, "MOST_CELLS", 150)
    one, two = counted(found, 64), counted(found, 1111)
    assert one.bits == two.bits is not None
    assert np.array_equal(one.key, two.key)
    assert np.array_equal(one.events, two.events)
    assert np.array_equal(one.nonevents, two.nonevents)
    assert np.allclose(one.mu, two.mu, rtol=SUMS, atol=0.0)
    order = np.argsort(found.mu)
    assert np.array_equal(counted(Outcomes(*(v[order] for v in _fields(found))), 64).key, one.key)


def _fields(found: Outcomes) -> tuple[Array, ...]:
    return found.eta, found.mu, found.complement, found.events, found.nonevents


def test_predictions_of_zero_and_one_have_cells_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    eta = np.concatenate([np.linspace(-3, 3, 200), [-50.0, -np.inf, 60.0, np.inf]])
    mean = sigmoid(eta)
    ones = np.ones(len(eta))
    monkeypatch.setattr(module, "MOST_CELLS", 20)
    found = counted(Outcomes(eta, mean.mu, mean.complement, mean.mu, ones - mean.mu), 16)
    assert found.events[-1] == 2.0
    assert found.nonevents[0] == 2.0
    assert (np.diff(found.mu) > 0.0).all()


def test_scores_are_sums() -> None:
    found = drawn()
    parts = add_in_tree(map(score_sums, cut(found, 97))).scores
    whole = scores(found)
    for name in ("brier", "log_loss", "tjur"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=SUMS)


def test_an_undetermined_prediction_is_refused() -> None:
    ones = np.ones(2)
    with pytest.raises(FitError, match="not determined"):
        cells(Outcomes(np.array([0.0, np.nan]), np.array([0.5, np.nan]), np.array([0.5, np.nan]), ones, ones))
