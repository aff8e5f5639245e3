"""What an apply of the library raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import batchspec
from batchspec.errors import Busy
from batchspec.run.report import Verdict
from tests.support.place import InMemory
from tests.support.project import Project
from tests.support.runs import JOB
from tests.support.world import World, codes


def busy(*_: Any) -> None:
    raise Busy("the service is busy")


@pytest.mark.parametrize("wait", [False, True])
def test_there_is_no_run_of_a_job_that_does_not_have_its_tasks_in_time(
    project: Project, monkeypatch: pytest.MonkeyPatch, *, wait: bool
) -> None:
    world = World()
    monkeypatch.setattr(world.batch, "add_tasks", busy)
    spec = batchspec.Spec("demo", InMemory("local", Path(), {}, world), (), project.spec(JOB))

    with pytest.raises(batchspec.NotApplied, match="time is up: tasks are still being added") as caught:
        batchspec.apply(spec, wait=wait, timeout=5.0)

    assert (caught.value.report.verdict, codes(caught.value.report)) == (Verdict.TIMED_OUT, ["BS816"])
