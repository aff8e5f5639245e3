"""Findings as values: what is wrong, where, and what to do; and the ways to show them."""

from batchspec.diag.codes import CODES, Code
from batchspec.diag.model import Diagnostic, Related, Result, Severity, errors_in, tidy

__all__ = ["CODES", "Code", "Diagnostic", "Related", "Result", "Severity", "errors_in", "tidy"]
