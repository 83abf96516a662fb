"""Sums of neighbouring blocks that join to the very sum of all of them, bit for bit.

`add_in_tree` pairs block 2k with block 2k + 1, then pairs of pairs, and so on. A segment holds the sums of blocks
start .. stop as the nodes of that tree that lie within: O(log) of them, whatever its length. So a worker may add up
any stretch of blocks on its own, and where the stretches are cut leaves no trace in the total.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from statlogit.core.blocks import Addable

S = TypeVar("S", bound=Addable)


@dataclass(frozen=True, slots=True)
class Node(Generic[S]):
    """The sum of blocks place * 2^level .. (place + 1) * 2^level; None where none of them has rows."""

    level: int
    place: int
    value: S | None

    def joined(self, right: Node[S]) -> Node[S]:
        """The parent of two siblings."""
        return Node(self.level + 1, self.place // 2, _sum(self.value, right.value))

    def is_left_of(self, other: Node[S]) -> bool:
        """The other is its sibling on the right."""
        return self.level == other.level and self.place % 2 == 0 and self.place + 1 == other.place


@dataclass(slots=True)
class Segment(Generic[S]):
    """Sums of neighbouring blocks from the block at place `stop` on; it grows to the right."""

    stop: int = 0
    nodes: list[Node[S]] = field(default_factory=list)

    def extend(self, values: Iterable[S | None]) -> None:
        """Add the next blocks; None for one without rows."""
        for value in values:
            self._append(Node(0, self.stop, value))
            self.stop += 1

    def join(self, right: Segment[S]) -> None:
        """Add a segment that begins where this one stops."""
        for node in right.nodes:
            self._append(node)
        self.stop = right.stop

    def _append(self, node: Node[S]) -> None:
        while self.nodes and self.nodes[-1].is_left_of(node):
            node = self.nodes.pop().joined(node)
        self.nodes.append(node)

    def total(self) -> S:
        """The sum of all blocks. Raises ValueError where no block has rows."""
        found: S | None = None
        for node in reversed(self.nodes):
            found = _sum(node.value, found)
        if found is None:
            raise ValueError("there is no block to add")
        return found


def _sum(left: S | None, right: S | None) -> S | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right  # type: ignore[no-any-return]
