"""The version, alone, so that the command line can tell it without importing the numerics."""

__version__ = "0.1.0"
