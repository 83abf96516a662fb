"""Rows made by hand for the tests of fitting."""

from __future__ import annotations

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense


def rows(x, y, weight=None, offset=None, rows_per_block=8192):
    """Blocks of a binary problem. x (n, p), y (n,) shares."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    weight = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=float)
    offset = np.zeros(len(y)) if offset is None else np.asarray(offset, dtype=float)
    return InMemory(Block(Dense(x), y[:, None], weight, offset[:, None]), rows_per_block)


def simulated(seed, n=200, p=4, slope=1.0):
    """Design with an intercept first, outcomes from the model."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    eta = x @ (slope * rng.normal(size=p) / np.sqrt(p))
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(-eta))).astype(float)
    return x, y


def exact_maximum(x, y, weight=None, offset=None, digits=50):
    """The maximum in multiple precision: (beta, standard errors) as mpmath vectors, by Newton from zero."""
    import mpmath as mp

    with mp.workdps(digits):
        n, p = x.shape
        matrix = [[mp.mpf(float(v)) for v in row] for row in x]
        w = [mp.mpf(float(v)) for v in (np.ones(n) if weight is None else weight)]
        o = [mp.mpf(float(v)) for v in (np.zeros(n) if offset is None else offset)]
        share = [mp.mpf(float(v)) for v in y]
        beta = mp.matrix(p, 1)
        for _ in range(100):
            score, information = mp.matrix(p, 1), mp.matrix(p, p)
            for row, yi, wi, oi in zip(matrix, share, w, o, strict=True):
                eta = oi + mp.fsum(a * b for a, b in zip(row, beta, strict=True))
                mu = 1 / (1 + mp.exp(-eta))
                for j in range(p):
                    score[j] += wi * (yi - mu) * row[j]
                    for k in range(j + 1):
                        information[j, k] += wi * mu * (1 - mu) * row[j] * row[k]
            for j in range(p):
                for k in range(j):
                    information[k, j] = information[j, k]
            step = mp.lu_solve(information, score)
            moved = max(abs(mp.fsum(a * b for a, b in zip(row, step, strict=True))) for row in matrix)
            beta += step / max(1, moved)  # a damped step while the linear predictor moves by more than one
            if moved < mp.mpf(10) ** (-digits // 3):  # the step just taken squares that error
                break
        inverse = information**-1
        return beta, [mp.sqrt(inverse[j, j]) for j in range(p)]
