"""statlogit: logistic regression from a formula and a data frame."""

__version__ = "0.1.0"
