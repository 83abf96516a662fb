"""Segments join to the bits of one tree, wherever they are cut."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from statlogit.core.blocks import add_in_tree
from statlogit.core.segments import Segment


@dataclass(frozen=True)
class Spelled:
    """A sum that remembers its brackets."""

    text: str

    def __add__(self, other: "Spelled") -> "Spelled":
        return Spelled(f"({self.text}{other.text})")


def cut(values: list[Spelled | None], cuts: list[int]) -> Segment[Spelled]:
    whole: Segment[Spelled] = Segment()
    for start, stop in pairwise([0, *cuts, len(values)]):
        part: Segment[Spelled] = Segment(start)
        part.extend(values[start:stop])
        whole.join(part)
    return whole


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 21, 64, 77])
def test_any_cuts_give_the_brackets_of_one_tree(n: int) -> None:
    values = [Spelled(f"{k}.") for k in range(n)]
    rng = np.random.default_rng(n)
    expected = add_in_tree(values)
    for _ in range(20):
        cuts = sorted(int(k) for k in rng.integers(0, n + 1, size=4))
        assert cut(list(values), cuts).total() == expected


def test_blocks_without_rows_keep_their_place() -> None:
    values = [Spelled(f"{k}.") if k % 3 else None for k in range(50)]
    assert cut(values, [7, 31]).total() == cut(values, []).total() == cut(values, [1, 2, 49]).total()


def test_a_long_segment_holds_few_sums() -> None:
    whole: Segment[Spelled] = Segment(5)
    whole.extend(Spelled("") for _ in range(10_000))
    assert len(whole.nodes) <= 2 * 14


def test_no_rows_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="no block"):
        cut([None, None], []).total()
