"""Findings that are a warning where the service takes what would be an error elsewhere."""

from __future__ import annotations

import pytest

from batchspec.diag import Severity
from tests.support.project import Project

POOL = "batchspec: v1\nname: demo\npool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {%s}}\n"
JOB = "job: {id: demo, timeout: 1h}\non_finish: {pool: delete}\n"
AWAY = '{container: {container_url: "https://account.blob.core.windows.net/x"}}'


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        (POOL % "spot: 0", "BS302", Severity.WARNING),
        (POOL % "spot: 0" + JOB, "BS302", Severity.WARNING),
        (POOL % "spot: 0" + JOB + "tasks: [{id: a, command: ls}]\n", "BS302", Severity.ERROR),
        (
            POOL % "spot: 1" + JOB + f"tasks: [{{id: a, command: ls, outputs: [{{path: /x, destination: {AWAY}}}]}}]\n",
            "BS404",
            Severity.WARNING,
        ),
        (
            POOL % "spot: 1" + JOB + "tasks: [{id: a, command: ls, outputs: [{path: /x}]}]\n",
            "BS404",
            Severity.ERROR,
        ),
    ],
    ids=["a pool alone", "an open job", "tasks", "an output to elsewhere", "an output to our container"],
)
def test_what_the_service_takes_is_a_warning(project: Project, text: str, code: str, severity: Severity) -> None:
    found = project.check(text).diagnostics

    assert [(one.code, one.severity) for one in found] == [(code, severity)]
