"""Inputs that were thought of: a fuzzer would be long to find them."""

from tests.fuzz.hostile import files, meaning, syntax
from tests.fuzz.hostile.case import Case

__all__ = ["CASES", "OVER", "Case"]

CASES: dict[str, Case] = {**syntax.CASES, **meaning.CASES, **files.CASES}

# Over the limits as yet: `python -m tests.fuzz.worst` shows them, and the tests leave them out. What a matrix costs is no
# part of the promise: up to 20 us for each task, of which a spec may have a million (`--max-tasks`).
OVER: dict[str, str] = {}
