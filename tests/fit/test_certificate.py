"""The certificate's claim holds on random problems; the benchmark of the same name runs ten thousand."""

import numpy as np

from benchmarks.certificate import measure
from statlogit.fit.certificate import certify


def test_claim_is_never_exceeded():
    errors, claims, silent = measure(60, seed=4)
    assert (errors <= claims).all()
    assert np.median(claims) < 1e-12
    assert silent > 0  # separated and aliased draws claim nothing


def test_no_claim_where_a_row_can_move_too_far():
    found = certify(0.5, 2.0, 0.0, np.ones(1), np.ones(1))
    assert not found.exists
    assert found.distance == np.inf
    assert found.sentence.startswith("No bound")
