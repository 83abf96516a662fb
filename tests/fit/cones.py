"""The cone of recession of small integer problems by enumeration of its extreme rays, in whole numbers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cone:
    """rays: (m, p*q) whole numbers, predictor by predictor; strict: (n, K) comparisons that some ray decides."""

    rays: np.ndarray
    strict: np.ndarray

    @property
    def infinite(self):
        return tuple(np.flatnonzero((self.rays != 0).any(axis=0)))

    def sign(self, j):
        """+1 or -1 where all rays agree, 0 where they do not."""
        found = set(np.sign(self.rays[:, j]).astype(int)) - {0}
        return found.pop() if len(found) == 1 else 0


def cone(x, y, n_classes):
    """All extreme rays of {d: x_i'(d_y - d_k) >= 0}, d_0 = 0. x: (n, p) integers of full column rank, y: classes."""
    n, p = x.shape
    unit = np.eye(n_classes, dtype=int)[:, 1:]
    rows = np.array([[np.kron(unit[y[i]] - unit[k], x[i]) for k in range(n_classes)] for i in range(n)])
    pairs = np.unique(rows.reshape(n * n_classes, -1), axis=0)
    pairs = pairs[(pairs != 0).any(axis=1)]
    dim = p * (n_classes - 1)
    subsets = np.array(list(itertools.combinations(range(len(pairs)), dim - 1)))
    candidates = _orthogonal(pairs[subsets])
    candidates = candidates[(candidates != 0).any(axis=1)]
    candidates = np.concatenate([candidates, -candidates])
    candidates //= np.gcd.reduce(candidates, axis=1)[:, None]
    rays = np.unique(candidates[(candidates @ pairs.T >= 0).all(axis=1)], axis=0)
    return Cone(rays, (np.einsum("nkd,md->nkm", rows, rays) > 0).any(axis=2))


def _orthogonal(matrices):
    """(m, dim) the vector of signed minors of each (dim - 1, dim) integer matrix; zero where its rank is less."""
    dim = matrices.shape[2]
    minors = [(-1) ** j * np.linalg.det(np.delete(matrices, j, axis=2).astype(float)) for j in range(dim)]
    return np.rint(np.stack(minors, axis=1)).astype(int)  # entries are small: the determinants are exact to 1e-9


def ridge_limit(x, y, n_classes, strengths=("1e-9", "1e-18"), digits=40):
    """(beta, standard errors), (p*q,) each, for each strength: with so weak a ridge the finite ones are limits."""
    import mpmath as mp

    with mp.workdps(digits):
        p = x.shape[1]
        beta = mp.matrix(p * (n_classes - 1), 1)
        rows = [[mp.mpf(float(v)) for v in row] for row in x]
        out = []
        for strength in strengths:
            for _ in range(600):
                score, info = _expansion(mp, rows, y, beta, n_classes, mp.mpf(strength))
                step = mp.lu_solve(info, score)
                moved = max(abs(mp.fdot(row, step[k * p : (k + 1) * p])) for row in rows for k in range(n_classes - 1))
                beta += step / max(1, moved / 2)
                if moved < mp.mpf(10) ** (-digits // 3):
                    break
            inverse = info**-1
            std_error = [mp.sqrt(inverse[j, j]) for j in range(len(beta))]
            out.append((np.array(list(beta)), np.array(std_error)))
        return out


def _expansion(mp, rows, y, beta, n_classes, ridge):
    """Score and information of the softmax log-likelihood less ridge / 2 times the sum of squares."""
    p, q = len(rows[0]), n_classes - 1
    score, info = -ridge * beta, ridge * mp.eye(p * q)
    for row, k in zip(rows, y, strict=True):
        e = [mp.exp(mp.fdot(row, beta[c * p : (c + 1) * p])) for c in range(q)]
        total = 1 + mp.fsum(e)
        mu = [v / total for v in e]
        for c in range(q):
            residual = (k == c + 1) - mu[c]
            for j in range(p):
                score[c * p + j] += residual * row[j]
            for d in range(c + 1):
                curvature = mu[c] * ((c == d) - mu[d])
                for j in range(p):
                    for m in range(p):
                        info[c * p + j, d * p + m] += curvature * row[j] * row[m]
    for a in range(p * q):
        for b in range(a):
            info[b, a] = info[a, b]
    return score, info
