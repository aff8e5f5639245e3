"""A declarative, YAML-driven job runner for Azure Batch.

    spec = batchspec.load("spec.yaml", {"date": "2020-01-02"})
    run = batchspec.apply(spec, wait=False)
    batchspec.get_run(run.id).wait().verdict

What is here is loaded when it is first used: `import batchspec` itself costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchspec.check.files import Checked
    from batchspec.compiler.program import Program
    from batchspec.diag import Diagnostic, Severity
    from batchspec.errors import BatchspecError
    from batchspec.library.applying import NotApplied, apply, plan
    from batchspec.library.outputs import OutputFile
    from batchspec.library.printed import TaskLog
    from batchspec.library.runs import Run, get_run, watch
    from batchspec.library.specs import Spec, SpecErrors, compile, load, load_all, loads, validate  # noqa: A004
    from batchspec.library.standing import RunStatus
    from batchspec.planning import Action, Change, Plan
    from batchspec.ports import Counts
    from batchspec.run.events import Event
    from batchspec.run.report import Finding, Report, TaskRow, Verdict

__version__ = "0.1.0"

__all__ = [
    "Action",
    "BatchspecError",
    "Change",
    "Checked",
    "Counts",
    "Diagnostic",
    "Event",
    "Finding",
    "NotApplied",
    "OutputFile",
    "Plan",
    "Program",
    "Report",
    "Run",
    "RunStatus",
    "Severity",
    "Spec",
    "SpecErrors",
    "TaskLog",
    "TaskRow",
    "Verdict",
    "apply",
    "compile",
    "get_run",
    "load",
    "load_all",
    "loads",
    "plan",
    "validate",
    "watch",
]

_HOMES = MappingProxyType(
    {
        name: module
        for module, names in {
            "check.files": ["Checked"],
            "compiler.program": ["Program"],
            "diag": ["Diagnostic", "Severity"],
            "errors": ["BatchspecError"],
            "library.applying": ["NotApplied", "apply", "plan"],
            "library.outputs": ["OutputFile"],
            "library.printed": ["TaskLog"],
            "library.runs": ["Run", "get_run", "watch"],
            "library.specs": ["Spec", "SpecErrors", "compile", "load", "load_all", "loads", "validate"],
            "library.standing": ["RunStatus"],
            "planning": ["Action", "Change", "Plan"],
            "ports": ["Counts"],
            "run.events": ["Event"],
            "run.report": ["Finding", "Report", "TaskRow", "Verdict"],
        }.items()
        for name in names
    }
)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
