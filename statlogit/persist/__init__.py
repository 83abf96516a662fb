"""Model files: what a fit needs to predict, as JSON without a training row."""

from statlogit.persist.document import from_document, sealed, to_document
from statlogit.persist.file import load, save
from statlogit.persist.model import ClassModel, Model, class_model_of, model_of

__all__ = [
    "ClassModel", "Model", "class_model_of", "from_document", "load", "model_of", "save", "sealed", "to_document",
]  # fmt: skip
