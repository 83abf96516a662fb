"""What a fit answers: frozen facades over the rooms, and their reports."""

from statlogit.results.comparison import compare_roc
from statlogit.results.logit import LogitResult
from statlogit.results.multinomial import MultinomialResult

__all__ = ["LogitResult", "MultinomialResult", "compare_roc"]
