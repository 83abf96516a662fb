"""From a formula and a data frame to numbers: the design, the response, and which rows are used.

Nothing in a formula is ever run: it is read by our own tokenizer and parsers, checked against a list, and interpreted.
"""

from statlogit.design.labels import LabelRow
from statlogit.design.learn import learn
from statlogit.design.model import Design, NewRows
from statlogit.design.observed import Observed, observed
from statlogit.design.prepare import Dropped, LevelCount, ModelFrame, prepare
from statlogit.design.response import Response
from statlogit.design.table import table_of
from statlogit.design.terms import Term

__all__ = [
    "Design",
    "Dropped",
    "LabelRow",
    "LevelCount",
    "ModelFrame",
    "NewRows",
    "Observed",
    "Response",
    "Term",
    "learn",
    "observed",
    "prepare",
    "table_of",
]
