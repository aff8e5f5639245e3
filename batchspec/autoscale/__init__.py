"""The formula language of Azure Batch autoscale: its names, a checker, and an evaluator over a world that is given.

Imports nothing but the standard library, since the validator and the emulator both use it. What only an evaluation
needs is loaded when it is asked for. Facts are from https://learn.microsoft.com/azure/batch/batch-automatic-scaling.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchspec.autoscale.check import check
from batchspec.autoscale.functions import FUNCTIONS, METHODS, Function, Signature
from batchspec.autoscale.problems import Kind, Problem
from batchspec.autoscale.types import Type
from batchspec.autoscale.variables import INTERVALS, MEMBERS, OPTIONS, VARIABLES, Variable

if TYPE_CHECKING:
    from batchspec.autoscale.evaluation import evaluate
    from batchspec.autoscale.results import EvaluationError, Result
    from batchspec.autoscale.world import Sample, World

__all__ = [
    "FUNCTIONS",
    "INTERVALS",
    "MEMBERS",
    "METHODS",
    "OPTIONS",
    "VARIABLES",
    "EvaluationError",
    "Function",
    "Kind",
    "Problem",
    "Result",
    "Sample",
    "Signature",
    "Type",
    "Variable",
    "World",
    "check",
    "evaluate",
]

_LATER = {
    "EvaluationError": "results",
    "Result": "results",
    "Sample": "world",
    "World": "world",
    "evaluate": "evaluation",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
