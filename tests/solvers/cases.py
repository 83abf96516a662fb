"""The problems every solver must solve, in good coordinates."""

from __future__ import annotations

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.coordinates import InCoordinates, coordinates_of
from statlogit.core.families import Bernoulli, Softmax, family_of
from statlogit.core.objective import Objective
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize


def block(seed=0, n=400, p=4, classes=2):
    """Outcomes from a softmax model with an intercept first; y holds one indicator for each modelled class."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    eta = np.column_stack([np.zeros(n), x @ rng.normal(size=(p, classes - 1), scale=0.5)])
    chosen = (eta + rng.gumbel(size=eta.shape)).argmax(axis=1)
    y = (chosen[:, None] == np.arange(1, classes)).astype(float)
    return Block(Dense(x), y, np.ones(n), np.zeros((n, classes - 1)))


def objective_of(rows, penalty=None, family=None, rows_per_block=128):
    source = InMemory(rows, rows_per_block)
    place = coordinates_of(source, intercept=0)
    return Objective(InCoordinates(source, place), family or family_of(rows.y.shape[1]), penalty)


def problem(name):
    rng = np.random.default_rng(7)
    plain = block()
    n, p = 400, 4
    if name == "grouped":
        trials = rng.integers(1, 6, size=n).astype(float)
        share = rng.binomial(trials.astype(int), 0.2 + 0.5 * plain.y[:, 0]) / trials
        return objective_of(Block(plain.x, share[:, None], trials, plain.offset))
    if name == "weighted":
        return objective_of(Block(plain.x, plain.y, rng.uniform(0.2, 3.0, size=n), plain.offset))
    if name == "offset":
        return objective_of(Block(plain.x, plain.y, plain.weight, rng.normal(size=(n, 1))))
    if name == "softmax3":
        return objective_of(block(classes=3))
    if name == "softmax10":
        return objective_of(block(n=2000, classes=10))
    if name == "ridge":
        return objective_of(plain, np.diag([0.0] + [5.0] * (p - 1)))
    if name == "softmax of two":
        return objective_of(plain, family=Softmax(1))
    assert name == "binary"
    return objective_of(plain, family=Bernoulli())


PROBLEMS = ("binary", "grouped", "weighted", "offset", "softmax3", "softmax10", "ridge")


def truth(objective):
    return maximize(objective, Irls(), start=np.zeros(objective.shape), watch_separation=False)
