"""What a fit answers: frozen facades over the rooms, and their reports."""

from statlogit.results.logit import LogitResult

__all__ = ["LogitResult"]
