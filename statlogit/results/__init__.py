"""What a fit answers: frozen facades over the rooms, and their reports."""

from statlogit.results.comparison import compare_roc
from statlogit.results.logit import LogitResult
from statlogit.results.multinomial import MultinomialResult
from statlogit.results.side_by_side import Comparison, compare

__all__ = ["Comparison", "LogitResult", "MultinomialResult", "compare", "compare_roc"]
