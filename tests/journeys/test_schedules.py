"""A schedule on the local target, whose clock runs fast: it is applied once, and the work is done again and again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from azure.batch.models import BatchErrorException

from tests.support.command import Folder
from tests.support.emulator import Emulator, running_emulator

RATE = 15  # a minute of the schedule is four seconds
SPEC = """\
batchspec: v1
name: nightly
storage: {container: nightly}
pool: {id: nightly, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 4}
job:
  id: nightly
  timeout: 2h
  inputs: [{path: words.txt}]
schedule: {every: 1m, credential: account_key}
tasks:
  - id: grid
    run: |
      echo "$AZ_BATCH_JOB_ID" > grid.txt
      cat words.txt
    outputs: [{path: "*.txt"}]
  - {id: part-1, name: part, run: "echo one > out", outputs: [{path: out}]}
  - {id: part-2, name: part, run: "echo two > out", outputs: [{path: out}]}
  - id: merge
    inputs: [{task: grid}, {task: part}]
    run: cat grid/grid.txt part-1/out part-2/out > all.txt
    outputs: [{path: all.txt, download: true}]
"""
ADDING = {"path": "addtaskcollection", "nth": 1}
FAULTS: dict[str, list[dict[str, Any]]] = {  # what each run after the first meets
    "a 503": [{**ADDING, "kind": "503", "retry_after": 1}],
    "a reset, and a 500 later": [{**ADDING, "kind": "reset"}, {"path": "taskcounts", "nth": 2, "kind": "500"}],
    "a 429": [{**ADDING, "kind": "429", "retry_after": 1}],
    "a node that fails meanwhile": [{"path": "addtaskcollection", "kind": "delay", "seconds": 20}],
}
TASKS = ["batchspec-add-tasks", "grid", "merge", "part-1", "part-2"]


@pytest.fixture
def service(folder: Folder) -> Iterator[Emulator]:
    """The folder's local service, with a clock that runs fast."""
    with running_emulator(folder.path / ".batchspec/local", clock_rate=RATE) as emulator:
        yield emulator


def schedule(folder: Folder) -> dict[str, Any]:
    """The schedule and its runs, as status tells them."""
    lines = folder.run("status", "spec.yaml", "--json").events()
    return next(line for line in lines if line["event"] == "schedule")


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 45
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.3)


def completed(folder: Folder) -> list[str]:
    return [run["id"] for run in schedule(folder)["runs"] if run["state"] == "completed"]


@pytest.mark.timeout(120)
def test_a_schedule_runs_twice_each_time_with_outputs_of_its_own(folder: Folder, service: Emulator) -> None:
    folder.write({"spec.yaml": SPEC, "words.txt": "some words\n"})

    applied = folder.run("apply", "spec.yaml", "--json")
    again = folder.run("apply", "spec.yaml", "--json")
    until(lambda: len(completed(folder)) >= 2)
    fetched = [folder.run("download", "spec.yaml", "--run", run, "--results", "results") for run in "12"]
    logs = folder.run("logs", "spec.yaml", "grid", "--run", "nightly:job-1")
    shown = folder.run("status", "spec.yaml")
    none = folder.run("status", "spec.yaml", "--run", "77")

    assert (none.code, none.stdout) == (2, "")
    assert applied.code == again.code == 0
    assert applied.report()["verdict"] == "ready"
    assert applied.report()["schedule_id"] == "nightly"
    assert "unchanged" in [line.get("how") for line in again.events()]
    assert [ran.code for ran in fetched] == [0, 0], fetched
    for run in "12":
        text = (folder.path / f"results/nightly/job-{run}/merge/all.txt").read_text()
        assert text == f"nightly:job-{run}\none\ntwo\n"
    with service.batch() as client:
        for run in "12":
            found = client.task.list(f"nightly:job-{run}")
            assert sorted((one.id, one.execution_info.exit_code) for one in found) == [(one, 0) for one in TASKS]
    assert logs.stdout.count("some words") == 1
    assert "job schedule nightly: active; its next run is at" in shown.stdout


@pytest.mark.timeout(120)
def test_the_key_stands_in_no_output(folder: Folder, service: Emulator) -> None:
    folder.write({"spec.yaml": SPEC, "words.txt": "some words\n"})

    told = [
        folder.run("render", "spec.yaml"),
        folder.run("plan", "spec.yaml", "--format", "json", "--out", "plan.json"),
    ]
    told += [folder.run("apply", "spec.yaml", "--json"), folder.run("apply", "spec.yaml")]
    told += [folder.run("status", "spec.yaml", "--json"), folder.run("status", "spec.yaml")]
    folder.write(
        {"spec.yaml": SPEC.replace("every: 1m", "every: 2m").replace("cat words.txt", "cat words.txt words.txt")}
    )
    told += [folder.run("plan", "spec.yaml", "--format", "json"), folder.run("plan", "spec.yaml")]

    text = json.dumps([(ran.stdout, ran.stderr) for ran in told]) + (folder.path / "plan.json").read_text()
    assert all(ran.code == 0 for ran in told), [ran for ran in told if ran.code]
    assert service.key not in text
    assert "sig=" not in text


def outcome(service: Emulator, job_id: str) -> tuple[str, list[tuple[str, int | None]]]:
    """The state of a run, and its tasks with their exit codes; "" when it is not there yet."""
    with service.batch() as client:
        try:
            state = client.job.get(job_id).state.value
            tasks = list(client.task.list(job_id))
        except BatchErrorException:
            return "", []
    return state, sorted((one.id, one.execution_info.exit_code) for one in tasks)


def is_over(service: Emulator, job_id: str) -> bool:
    return outcome(service, job_id)[0] == "completed"


@pytest.mark.timeout(150)
def test_a_run_whose_requests_fail_or_whose_node_dies_still_has_each_task_once(folder: Folder) -> None:
    folder.write({"spec.yaml": SPEC, "words.txt": "some words\n"})
    with running_emulator(folder.path / ".batchspec/local", control=True) as service:
        control = service.control
        control.faults({**ADDING, "kind": "lost"})
        assert folder.run("apply", "spec.yaml").code == 0
        for run, faults in enumerate(FAULTS.values(), 1):
            until(partial(is_over, service, f"nightly:job-{run}"))
            control.faults(*faults)
            control.advance(60.0)
        until(lambda: any("taskcounts" in one["path"] for one in control.requests()))
        with service.batch() as client:
            (node,) = client.compute_node.list("nightly")
        control.fail_node("nightly", node.id, "unusable")  # while the manager waits for its answer
        control.clear()
        control.recover_node("nightly", node.id)
        until(partial(is_over, service, "nightly:job-5"))

        for run in range(1, 6):
            assert outcome(service, f"nightly:job-{run}")[1] == [(one, 0) for one in TASKS], run
        folder.run("destroy", "spec.yaml", "--yes")
