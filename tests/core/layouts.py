"""The same numbers in every layout that a compiled pass reads."""

import numpy as np

from statlogit.core.columns import Dense, Numeric


def laid_out(x, kind):
    """x (n, p) in the order of columns, its first column one number repeated."""
    return {
        "dense": Dense(x),
        "rows": Dense(np.ascontiguousarray(x)),
        "vectors": Numeric((np.broadcast_to(np.ones(1), (len(x),)), *np.ascontiguousarray(x[:, 1:].T))),
        "strided": Numeric(tuple(np.ascontiguousarray(x).T)),
    }[kind]
