"""The k-th request of a command that changes something fails, for every k: it is done once, and the truth is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.batch.models import (
    ImageReference,
    JobAddParameter,
    MetadataItem,
    PoolAddParameter,
    PoolInformation,
    VirtualMachineConfiguration,
)

import batchspec
from tests.faults.here import Here, Told, check_look
from tests.faults.judges import failures, kth
from tests.faults.proxy import Judge, Request
from tests.faults.scene import Case, Scene

Runs = Callable[[Case], Here]
_NODES = VirtualMachineConfiguration(
    image_reference=ImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server", version="latest"),
    node_agent_sku_id="batch.node.ubuntu 24.04",
)


@dataclass(frozen=True)
class Step:
    """A command line, {n} for its case: what holds after it, and what it says when it is given again."""

    line: str
    holds: Callable[[Case], bool]
    again: str


@pytest.fixture(scope="module", autouse=True)
def _idle(the_scene: Scene) -> None:
    """The specs, and the pool without nodes that they name."""
    for name in ("idle.yaml", "daily.yaml", "failing.yaml"):
        (the_scene.commands.folder / name).write_text(Path(__file__).with_name(name).read_text())
    add_pool(the_scene, "idle")


def add_pool(scene: Scene, pool_id: str, owner: str = "somebody") -> None:
    marks = [MetadataItem(name="batchspec:spec", value=owner)]
    pool = PoolAddParameter(id=pool_id, vm_size="a1", virtual_machine_configuration=_NODES, target_dedicated_nodes=0)
    pool.metadata = marks
    scene.client.pool.add(pool)


def left_over(case: Case) -> None:
    """A pool, and a job that has ended, of a spec that is gone, and what another has left in storage."""
    scene = case.of
    add_pool(scene, case.pool_id, case.n)
    marks = [MetadataItem(name="batchspec:spec", value=case.n)]
    job = JobAddParameter(id=case.job_id, pool_info=PoolInformation(pool_id=case.pool_id), metadata=marks)
    scene.client.job.add(job)
    scene.client.job.terminate(case.job_id)
    until(lambda: scene.client.job.get(case.job_id).state == "completed")
    with scene.emulator.blobs() as blobs, blobs.create_container(f"c-{case.n}") as container:
        container.upload_blob("outputs/gone/tasks/a", b"a")


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.02)


def job_ended(case: Case) -> bool:
    job = case.of.client.job.get(case.job_id)
    return (job.state, job.execution_info.terminate_reason) == ("completed", "Cancelled")


def tasks_are(*ended: str) -> Callable[[Case], bool]:
    def holds(case: Case) -> bool:
        states = {task.id: str(task.state.value) for task in case.of.client.task.list(case.job_id)}
        return states == {one: "completed" if one in ended else "active" for one in ("first", "second", "third")}

    return holds


def schedule_ended(case: Case) -> bool:
    return str(case.of.client.job_schedule.get(case.job_id).state.value) == "completed"


def every(days: int) -> Callable[[Case], bool]:
    def holds(case: Case) -> bool:
        schedule = case.of.client.job_schedule.get(case.job_id)
        jobs = [job.id for job in case.of.client.job.list_from_job_schedule(case.job_id)]
        return schedule.schedule.recurrence_interval.days == days and jobs == [f"{case.job_id}:job-1"]

    return holds


def nothing_left(case: Case) -> bool:
    client = case.of.client
    live = [one.id for listed in (client.job_schedule, client.job, client.pool) for one in listed.list()]
    with case.of.emulator.blobs() as blobs, blobs.get_container_client(f"c-{case.n}") as container:
        stored = list(container.list_blob_names(name_starts_with="outputs/"))
    return not stored and not any(case.n in one for one in live)


SCHEDULE, JOB = "daily.yaml -p n={n}", "idle.yaml -p n={n}"
LIVES = {
    "a schedule": (
        Step(f"apply {SCHEDULE}", every(1), "no changes"),
        Step(f"apply {SCHEDULE} -p every=2d", every(2), "no changes"),
        Step(f"cancel {SCHEDULE} --yes", schedule_ended, "it had ended before"),
        Step(f"destroy {SCHEDULE} --yes", nothing_left, "was not there"),
    ),
    "a job": (
        Step(f"apply {JOB} --no-wait", tasks_are(), "no changes"),
        Step(f"cancel {JOB} first third", tasks_are("first", "third"), "it had ended before"),
        Step(f"cancel {JOB}", job_ended, "it had ended before"),
    ),
    "what is left over": (
        Step("gc --older-than PT0.001S --delete --yes --container c-{n} idle.yaml -p n=kept", nothing_left, "nothing"),
    ),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", LIVES)
def test_whichever_request_fails_each_step_of_a_life_is_done_once_and_said(
    the_scene: Scene, runs: Runs, name: str
) -> None:
    truth: dict[str, Told] = {}
    for k, kind in failures():
        with the_scene.case() as case:
            if name == "what is left over":
                left_over(case)
            hits = [taken(step, runs(case), kind, kth(k, kind), truth) for step in LIVES[name]]
        if k and not any(hits):
            assert k > 3
            return


def taken(step: Step, here: Here, kind: str, judge: Judge, truth: dict[str, Told]) -> Request | None:
    """The request that has failed. truth: what is said of each step where none does."""
    proxy, line = here.case.of.proxy, step.line.format(n=here.case.n).split()
    proxy.judge(judge)
    told = here.told(*line)
    hit = proxy.hit
    assert told == truth.setdefault(step.line, told), hit
    assert told.code == 0
    assert told.waited or kind != "429" or hit is None, hit
    proxy.judge()
    assert step.holds(here.case), (hit, told)
    if hit is not None and hit.change:
        again = here(*line)
        assert (again.code, step.again in again.output) == (0, True), (hit, again)
        assert step.holds(here.case), hit
    return hit


@pytest.mark.parametrize("line", [f"status {SCHEDULE}", "export schedule j-{n}"])
def test_whichever_request_fails_what_is_said_of_a_schedule_is_true(the_scene: Scene, runs: Runs, line: str) -> None:
    with the_scene.case() as case:
        here = runs(case)
        assert here("apply", *SCHEDULE.format(n=case.n).split()).code == 0

        check_look(the_scene, lambda: here.told(*line.format(n=case.n).split()))


@pytest.mark.timeout(120)
def test_whichever_request_fails_a_task_is_retried_once(the_scene: Scene, runs: Runs) -> None:
    with the_scene.case() as case:
        here, wanted = runs(case), 1
        given = ["failing.yaml", "-p", f"n={case.n}", "-p", f"ran={case.ran}"]
        assert here("apply", *given, "--no-wait").code == 0
        for k, kind in failures():
            await_runs(case, wanted)
            the_scene.proxy.judge(kth(k, kind))

            made = here("retry", *given, *(["fails"] if kind == "lost" else []))

            hit = the_scene.proxy.hit
            assert (made.code, "task fails will run again" in made.output) == (0, True), (hit, made)
            wanted += 1
            await_runs(case, wanted)
            if k and hit is None:
                assert k > 3
                return


def await_runs(case: Case, wanted: int) -> None:
    """Return once the task has failed that often, and no oftener."""

    def has_failed() -> bool:
        ran = case.ran.read_text().count("x") if case.ran.exists() else 0
        assert ran <= wanted, "it has run twice"
        return ran == wanted and case.of.client.task.get(case.job_id, "fails").state == "completed"

    until(has_failed)


@pytest.mark.timeout(120)
def test_whichever_request_fails_a_run_that_was_found_by_its_id_is_cancelled(the_scene: Scene, runs: Runs) -> None:
    for k, kind in failures():
        with the_scene.case() as case:
            assert runs(case)("apply", *JOB.format(n=case.n).split(), "--no-wait").code == 0
            run = batchspec.get_run(f"azure:{case.job_id}", environ=the_scene.environ)
            the_scene.proxy.judge(kth(k, kind))

            run.cancel()

            hit = the_scene.proxy.hit
            assert job_ended(case), hit
            run.cancel()
        if k and hit is None:
            assert k > 2
            return
