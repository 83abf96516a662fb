"""Brute force for tests of restrictions: softmax likelihoods on dense arrays, by Newton's method over what is free."""

from __future__ import annotations

import numpy as np


def softmax(x, y, beta):
    """Log-likelihood, score and information of vec(beta). x (n, p), y (n, q) indicators, beta (p*q,)."""
    p = x.shape[1]
    q = y.shape[1]
    eta = x @ beta.reshape(q, p).T
    top = np.maximum(eta.max(axis=1), 0.0)
    e = np.exp(eta - top[:, None])
    total = e.sum(axis=1) + np.exp(-top)
    mu = e / total[:, None]
    loglik = float((y * eta).sum() - (np.log(total) + top).sum())
    score = ((y - mu).T @ x).ravel()
    information = np.zeros((p * q, p * q))
    for j in range(q):
        for k in range(q):
            w = mu[:, j] * ((j == k) - mu[:, k])
            information[j * p : (j + 1) * p, k * p : (k + 1) * p] = x.T @ (w[:, None] * x)
    return loglik, score, information


def maximum(x, y, restriction=None, value=None):
    """vec(beta) at the maximum under restriction @ vec(beta) = value."""
    size = x.shape[1] * y.shape[1]
    if restriction is None:
        origin, basis = np.zeros(size), np.eye(size)
    else:
        origin = np.linalg.lstsq(restriction, value, rcond=None)[0]
        basis = np.linalg.svd(restriction)[2][len(value) :].T
    beta = origin
    for _ in range(100):
        loglik, score, information = softmax(x, y, beta)
        step = basis @ np.linalg.solve(basis.T @ information @ basis, basis.T @ score)
        while softmax(x, y, beta + step)[0] < loglik - 1e-9:
            step /= 2
        beta = beta + step
        if np.abs(step).max() < 1e-13:
            break
    return beta


def three_tests(x, y, restriction, value):
    """The LR, Wald and score statistics of restriction @ vec(beta) = value."""
    full, under = maximum(x, y), maximum(x, y, restriction, value)
    information = softmax(x, y, full)[2]
    d = restriction @ full - value
    wald = d @ np.linalg.solve(restriction @ np.linalg.inv(information) @ restriction.T, d)
    loglik, score, information = softmax(x, y, under)
    lr = 2 * (softmax(x, y, full)[0] - loglik)
    return {"LR": lr, "Wald": wald, "score": score @ np.linalg.solve(information, score)}


def standardised(x):
    """(z, T) with x = z T^-1 column by column: centred, scaled columns, and the map of their coefficients to x's.

    The first column of x is the intercept.
    """
    centre, scale = x.mean(axis=0), x.std(axis=0)
    centre[0], scale[0] = 0.0, 1.0
    back = np.diag(1 / scale)
    back[0] -= centre / scale
    back[0, 0] = 1.0
    return (x - centre) / scale, back
