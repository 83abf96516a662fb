# ruff: noqa: E501 - tables of strings
"""Mutated formulas: nothing but a StatlogitError may escape, and none may take a second.

Run as a module for a long run: python -m tests.design.fuzz [number] [seed]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator

from statlogit.design import prepare
from statlogit.errors import DataError, FormulaError
from tests.design.frames import mixed_frame

SEEDS = [
    "y ~ x", "y ~ x + C(g)", "y ~ (x + z)**2 - x", "y ~ x*g + h %in% g", "y ~ poly(x, 2) + bs(z, df=5)",
    "cbind(r, s) ~ scale(x) + `a b`", "y ~ C(g, contr.treatment('b')):x", "I(x > 0) ~ . - y", "y ~ log(z)/h + {x + 1}",
    "y ~ C(g, levels=['a', 'b', 'c']) + I(x**2 - 3*z)", "y ~ cr(x, df=4) + where(x > 0, z, x)", "y ~ 0 + city:h",
    "y ~ I(g in ['a', 'b']) + C(g, contr.custom({'u': [1, 0, -1]}))", "y ~ hashed(g, levels=4) + lag(x, 2) + Q('a b')",
]  # fmt: skip
WORDS = [
    *"~+-*/:^()[]{},.|&<>=%'\"`\\ #@!;$?_\n\t0123456789abcxyzghrsIQC", "**", "%in%", "==", "lambda", "import", "__class__",
    "x", "z", "g", "y", "city", "`a b`", "np.", "log(", "C(", "I(", "Q(", "poly(", "bs(", "contr.sum", "'b'", "1e9", "é", "∞",
    "\u202e", "\x00", "None", "True", "for", "if", "not ", " in ", "scale(", "9**9**9", "((((((((", "-----", "offset(x)",
]  # fmt: skip


def mutated(n: int, seed: int) -> Iterator[str]:
    """n formulas, each a known one after some deletions, insertions, swaps and splices."""
    rng = random.Random(seed)
    for _ in range(n):
        text = rng.choice(SEEDS)
        for _ in range(rng.randint(1, 3)):
            place = rng.randint(0, len(text))
            match rng.randint(0, 4):
                case 0:
                    text = text[:place] + text[place + rng.randint(1, 4) :]
                case 1 | 2:
                    text = text[:place] + rng.choice(WORDS) + text[place:]
                case 3:
                    text = text[:place] + rng.choice(WORDS) + text[place + 1 :]
                case _:
                    other = rng.choice(SEEDS)
                    text = text[:place] + other[rng.randint(0, len(other)) :]
        yield text[:2000]


def run(n: int, seed: int) -> tuple[int, float]:
    """How many were accepted, and the longest time in seconds. Anything but a refusal is raised with its formula."""
    data = mixed_frame(30)
    accepted, longest = 0, 0.0
    for text in mutated(n, seed):
        before = time.perf_counter()
        try:
            prepare(text, data)
            accepted += 1
        except (FormulaError, DataError):
            pass
        except BaseException as error:
            raise AssertionError(f"{type(error).__name__} escaped from {text!r}: {error}") from error
        longest = max(longest, time.perf_counter() - before)
    return accepted, longest


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    start = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    passed, slowest = run(number, start)
    print(f"{number:,} formulas: {passed:,} accepted, the rest refused; the slowest took {slowest:.3f} s")
    sys.exit(slowest >= 1.0)
