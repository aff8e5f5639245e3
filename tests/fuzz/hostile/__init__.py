"""Inputs that were thought of: a fuzzer would be long to find them."""

from tests.fuzz.hostile import files, meaning, syntax
from tests.fuzz.hostile.case import Case

__all__ = ["CASES", "Case"]

CASES: dict[str, Case] = {**syntax.CASES, **meaning.CASES, **files.CASES}
