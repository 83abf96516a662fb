"""Cluster-robust covariances: sums of scores within clusters, as records keyed by the cluster's code.

A record holds what one block knows of the clusters it saw; `+` unites two. So a cluster may be spread over blocks in
any way, and memory grows with the number of clusters, not of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.columns import Codes, Columns, Mixed, cross_gram
from statlogit.core.families import Family
from statlogit.core.types import Array, IntArray
from statlogit.inference.sandwich import ALONE, Meat

POWERS = {"CR0": 0.0, "CR1": 0.0, "CR2": 0.5, "CR3": 1.0}
MOST_NUMBERS = 4_000_000  # of the clusters' own informations held at once


@dataclass(frozen=True, slots=True)
class Clustering:
    """Which codes of a block make the clusters: one variable, or the pairs of two (base: levels of the second)."""

    variables: tuple[int, ...]
    base: int = 1

    def keys(self, block: Block) -> IntArray:
        """(n,) one whole number a cluster."""
        codes = np.asarray(block.cluster)
        if codes.ndim == 1:
            return codes
        if len(self.variables) == 1:
            return codes[:, self.variables[0]]
        return np.asarray(codes[:, 0] * self.base + codes[:, 1])


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """Scores of some clusters, and where asked for their own informations."""

    keys: IntArray  # (g,) sorted
    score: Array  # (g, r*q)
    information: Array | None = None  # (g, r*q, r*q)

    def __add__(self, other: Self) -> Self:
        keys = np.union1d(self.keys, other.keys)
        places = [np.searchsorted(keys, part.keys) for part in (self, other)]
        score = np.zeros((len(keys), self.score.shape[1]))
        for place, part in zip(places, (self, other), strict=True):
            score[place] += part.score
        if self.information is None or other.information is None:
            return type(self)(keys, score)
        total = np.zeros((len(keys), *self.information.shape[1:]))
        total[places[0]] += self.information
        total[places[1]] += other.information
        return type(self)(keys, score, total)


def block_scores(block: Block, gamma: Array, family: Family, clusters: Clustering) -> ClusterSums:
    """Sums of the rows' scores within the clusters of one block, factors never expanded."""
    local = family.local(block.x.times(gamma) + block.offset, block.y, block.weight)
    keys, member = np.unique(clusters.keys(block), return_inverse=True)
    within = Codes(member.astype(np.int32), len(keys))
    return ClusterSums(keys, np.hstack([_sums(within, block.x, np.ascontiguousarray(s)) for s in local.score.T]))


def _sums(within: Codes, x: Columns, v: Array) -> Array:
    """(g, p) sums of v x within the clusters."""
    if not isinstance(x, Mixed):
        return cross_gram(within, x, v)
    out = np.empty((within.width, x.n_columns))
    for part, position in zip(x.parts, x.positions, strict=True):
        out[:, position] = cross_gram(within, part, v)
    return out


def block_informations(
    block: Block, gamma: Array, family: Family, clusters: Clustering, wanted: IntArray
) -> ClusterSums:
    """Scores and informations of the wanted clusters (sorted keys) in one block."""
    keys = clusters.keys(block)
    rows = np.flatnonzero(np.isin(keys, wanted))
    local = family.local(block.x.times(gamma) + block.offset, block.y, block.weight)
    x, score, curvature = block.x.to_array()[rows].T, local.score[rows].T, local.curvature[rows].transpose(1, 2, 0)
    found, member = np.unique(keys[rows], return_inverse=True)
    g, (r, q) = len(found), gamma.shape
    count = partial(np.bincount, member, minlength=g)
    scores = np.empty((g, q, r))
    total = np.empty((g, q, r, q, r))
    for a in range(q):
        for i in range(r):
            scores[:, a, i] = count(weights=score[a] * x[i])
            for b in range(a + 1):
                weighted = curvature[a, b] * x[i]
                for j in range(r if b < a else i + 1):
                    cell = count(weights=weighted * x[j])
                    total[:, a, i, b, j] = total[:, b, j, a, i] = cell
    return ClusterSums(found, scores.reshape(g, q * r), total.reshape(g, q * r, q * r))


@dataclass(frozen=True, slots=True)
class ClusterMeat:
    """Sum of score score' over clusters, and their number."""

    meat: Meat
    n_clusters: int


def cluster_meat(rows: RowBlocks, gamma: Array, root: Array, family: Family, clusters: Clustering) -> ClusterMeat:
    """Plain sums, root' meat root (Liang and Zeger 1986). rows and gamma: in the solver's coordinates."""
    sums = rows.fold(partial(block_scores, gamma=gamma, family=family, clusters=clusters))
    scores = sums.score @ root
    return ClusterMeat(Meat(scores.T @ scores), len(sums.keys))


def inflated_cluster_meat(
    rows: RowBlocks, gamma: Array, root: Array, family: Family, clusters: Clustering, power: float
) -> ClusterMeat:
    """The same with each cluster's score u replaced by (I - M)^-power u, M = root' A root, A its own information.

    That equals Bell and McCaffrey's (2002) residuals (I - H_gg)^-power e_g, without a matrix of the cluster's size:
    power 1/2 is CR2; 1 is CR3, the one-step jackknife over clusters. Directions that one cluster alone informs have
    no score and count as zero (the generalised inverse of Pustejovsky and Tipton 2018).
    """
    sums = rows.fold(partial(block_scores, gamma=gamma, family=family, clusters=clusters))
    total = Meat(np.zeros_like(root))
    for wanted in _portions(sums.keys, len(root)):
        found = rows.fold(partial(block_informations, gamma=gamma, family=family, clusters=clusters, wanted=wanted))
        total = total + _inflated(found, root, power)
    return ClusterMeat(total, len(sums.keys))


def _portions(keys: IntArray, size: int) -> Iterator[IntArray]:
    step = max(MOST_NUMBERS // size**2, 1)
    return (keys[start : start + step] for start in range(0, len(keys), step))


def _inflated(found: ClusterSums, root: Array, power: float) -> Meat:
    leverage, directions = np.linalg.eigh(root.T @ np.asarray(found.information) @ root)
    rest = 1.0 - leverage
    alone = rest < ALONE
    factor = np.where(alone, 0.0, np.where(alone, 1.0, rest) ** -power)
    along = factor * ((found.score @ root)[:, None, :] @ directions)[:, 0, :]
    scores = (directions @ along[:, :, None])[:, :, 0]
    return Meat(scores.T @ scores, int(alone.any(axis=1).sum()))
