"""A request that is refused, with the sentence that the visitor reads."""

from __future__ import annotations


class Refusal(Exception):
    """status: of HTTP. str(refusal): what is wrong and what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
