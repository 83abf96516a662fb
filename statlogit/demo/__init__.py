"""The demo of the theory: one feature, two weights, batch gradient descent that can be followed by hand.

    P(label = 1) = 1 / (1 + exp(-(w0 + w1 x)))        w <- w - rate * gradient / n

from w = 0, where gradient is that of the summed cross-entropy. Row k is the state before update k + 1, so row 0 is
(0, 0, ln 2). At the end stands the exact maximum, or the reason why there is none: with one feature that is decided
by sorting, without any tolerance. `page` writes the same lesson as one self-contained HTML file.
"""

from statlogit.demo.descent import Maximum, NoMaximum, Row, descend, exact, objective, safe_rate
from statlogit.demo.page import page
from statlogit.demo.pairs import TOY, Pairs, read_interactively, read_pairs
from statlogit.demo.report import Plan, as_json, report_lines

__all__ = [
    "TOY",
    "Maximum",
    "NoMaximum",
    "Pairs",
    "Plan",
    "Row",
    "as_json",
    "descend",
    "exact",
    "objective",
    "page",
    "read_interactively",
    "read_pairs",
    "report_lines",
    "safe_rate",
]
