"""Models as code for other engines: SQL, PMML and plain Python; `onnx` wants its extra and is imported on its own."""

from statlogit.export.pmml import to_pmml
from statlogit.export.python import to_python
from statlogit.export.score import Score, score_of
from statlogit.export.sql import to_sql

__all__ = ["Score", "score_of", "to_pmml", "to_python", "to_sql"]
