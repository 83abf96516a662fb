"""A slice of the fuzz; `python -m tests.design.fuzz` is the long run."""

from tests.design.fuzz import run


def test_only_refusals_escape_from_mutated_formulas() -> None:
    accepted, slowest = run(2_000, seed=1)
    assert 50 < accepted < 1_500  # the mutations neither all fail nor all pass
    assert slowest < 1.0
