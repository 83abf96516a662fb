"""Models as code for other engines: SQL and plain Python."""

from statlogit.export.python import to_python
from statlogit.export.score import Score, score_of
from statlogit.export.sql import to_sql

__all__ = ["Score", "score_of", "to_python", "to_sql"]
