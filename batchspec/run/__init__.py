"""A program and the service: events on the way, a report at the end, and the only retry policy."""

from batchspec.run.apply import apply
from batchspec.run.context import Options
from batchspec.run.destroy import destroy
from batchspec.run.download import download
from batchspec.run.finish import finish
from batchspec.run.logs import logs
from batchspec.run.report import Finding, Report, TaskRow, Verdict
from batchspec.run.status import Status, status

__all__ = [
    "Finding",
    "Options",
    "Report",
    "Status",
    "TaskRow",
    "Verdict",
    "apply",
    "destroy",
    "download",
    "finish",
    "logs",
    "status",
]
