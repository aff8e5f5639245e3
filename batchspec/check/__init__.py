"""A document judged: its shape by the JSON Schema, its meaning by one rule per file."""

from batchspec.check.checker import check

__all__ = ["check"]
