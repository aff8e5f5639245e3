"""The id of a run: what leads to it, what is none, and what it says when its job is gone."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest

import batchspec
from batchspec.errors import NotFound, UsageError
from tests.support.place import run_in
from tests.support.project import Project
from tests.support.runs import JOB, at_the_end
from tests.support.world import World


def test_the_id_leads_to_the_same_run() -> None:
    run = batchspec.get_run("azure:nightly:job-3", environ={"AZURE_BATCH_ACCOUNT_KEY": "c2VjcmV0"})

    assert (run.target, run.job_id, run.id) == ("azure", "nightly:job-3", "azure:nightly:job-3")
    assert "c2VjcmV0" not in repr(run)
    assert pickle.loads(pickle.dumps(run)) == run  # noqa: S301  # our own
    assert len({run, batchspec.get_run(run.id)}) == 1


@pytest.mark.parametrize("wrong", ["", "demo", "local:", ":demo", "elsewhere:demo"])
def test_what_is_no_id_of_a_run_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="not the id of a run"):
        batchspec.get_run(wrong)


def test_a_spec_without_a_job_has_no_run_to_follow() -> None:
    run = run_in(World())
    pool_only = batchspec.Run(run.place, "local", None)

    with pytest.raises(UsageError, match="no run to follow"):
        _ = pool_only.id


@pytest.mark.parametrize(
    "call",
    [
        batchspec.Run.status,
        batchspec.Run.tasks,
        batchspec.Run.wait,
        batchspec.Run.why,
        batchspec.Run.logs,
        batchspec.Run.outputs,
        batchspec.Run.cancel,
    ],
)
def test_a_run_that_is_gone_is_not_found(call: Callable[[batchspec.Run], object]) -> None:
    with pytest.raises(NotFound, match='there is no job "demo"') as caught:
        call(run_in(World()))

    assert "outputs/demo/" in str(caught.value.hint), "which on_finish leaves"


@pytest.mark.parametrize("container", ["batchspec", ""])
def test_of_a_run_whose_job_on_finish_has_deleted_this_is_said_where_its_container_is_known(
    project: Project, container: str
) -> None:
    world = World()
    world.apply(project.program(JOB + "on_finish: {job: delete}\n"))
    at_the_end(world)

    with pytest.raises(NotFound) as caught:
        replace(run_in(world), container=container).status()

    assert ("on_finish has deleted it" in caught.value.message) == bool(container)
    assert "outputs/demo/" in str(caught.value.hint)
