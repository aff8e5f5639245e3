"""What tasks print is kept in storage, unless the spec says otherwise or there is none."""

from __future__ import annotations

from typing import Any

import pytest

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.compiler.program import Logs, Program
from tests.support.project import HEAD, SPEC, Project

TASK = "tasks: [{id: a, run: ls}]\n"
MANAGER = HEAD.replace("job: {id: demo}", "job: {id: demo, job_manager_task: {id: m, command: ls}}") + TASK
ROUND = "matrix: {i: {range: 2}}"


class Nowhere(Placeholders):
    """Links of somebody who has no storage account."""

    stores = False


def kept(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Pattern, condition and place of each output file."""
    return [
        (one["filePattern"], one["uploadOptions"]["uploadCondition"], one["destination"]["container"]["path"])
        for one in body.get("outputFiles", ())
    ]


def compiled(project: Project, text: str) -> Program:
    return api.compile_program(project.spec({SPEC: text}), Placeholders())


def test_each_task_stores_both_of_its_streams_however_it_ends(project: Project) -> None:
    program = compiled(project, HEAD + f"tasks: [{{id: 'a-${{{{ matrix.i }}}}', name: many, {ROUND}, run: ls}}]\n")

    assert program.logs is Logs.KEPT
    assert [kept(task) for task in program.wire()["tasks"]] == [
        [("../std*.txt", "taskcompletion", f"outputs/demo/logs/a-{at}")] for at in range(2)
    ]


def test_the_job_manager_task_stores_its_own(project: Project) -> None:
    made = compiled(project, MANAGER).wire()["job"]["jobManagerTask"]

    assert kept(made) == [("../std*.txt", "taskcompletion", "outputs/demo/logs/m")]


def test_what_runs_once_on_each_node_stores_nothing(project: Project) -> None:
    text = HEAD.replace("job: {id: demo}", "job: {id: demo, prepare: {run: ls}, release: {run: ls}}") + TASK

    job = compiled(project, text).wire()["job"]

    assert "outputFiles" not in job["jobPreparationTask"] | job["jobReleaseTask"]


def test_it_can_be_turned_off(project: Project) -> None:
    program = compiled(project, f"{HEAD}logs: {{persist: false}}\n{TASK}")

    assert program.logs is Logs.OFF
    assert not program.stores
    assert kept(program.wire()["tasks"][0]) == []


def test_a_target_can_turn_it_off(project: Project) -> None:
    text = f"{HEAD}{TASK}targets: {{azure: {{logs: {{persist: false}}}}}}\n"

    assert api.compile_program(project.spec(text, target="azure"), Placeholders()).logs is Logs.OFF
    assert api.compile_program(project.spec(text, target="local"), Placeholders()).logs is Logs.KEPT


def test_without_a_storage_account_a_spec_that_moves_no_files_runs_all_the_same(project: Project) -> None:
    program = api.compile_program(project.spec(HEAD + TASK), Nowhere())

    assert program.logs is Logs.NOWHERE
    assert not program.stores


CLASHES = ["../stdout.txt", "../std*.txt", "stdout.txt", "std*.txt", "logs/a/stdout.txt"]


@pytest.mark.parametrize("path", CLASHES)
def test_a_tasks_own_outputs_are_kept_elsewhere(project: Project, path: str) -> None:
    text = f"{HEAD}tasks: [{{id: a, run: ls, outputs: [{{path: '{path}', download: true}}]}}]\n"

    program = compiled(project, text)

    own, logs = kept(program.wire()["tasks"][0])
    (download,) = program.downloads
    assert logs[2] == "outputs/demo/logs/a"
    assert not own[2].startswith("outputs/demo/logs/")
    assert not f"{logs[2]}/stdout.txt".startswith(download.prefix)


def test_the_logs_of_a_group_are_no_part_of_what_others_take_from_it(project: Project) -> None:
    text = HEAD + (
        f"tasks:\n  - {{id: 'logs-${{{{ matrix.i }}}}', name: logs, {ROUND}, run: ls, outputs: [{{path: '*.csv'}}]}}\n"
        "  - {id: use, run: ls, inputs: [{task: logs}]}\n"
    )

    tasks = {task["id"]: task for task in compiled(project, text).wire()["tasks"]}

    (fetched,) = tasks["use"]["resourceFiles"]
    assert not tasks["logs-0"]["outputFiles"][-1]["destination"]["container"]["path"].startswith(fetched["blobPrefix"])


def test_it_costs_a_task_less_than_half_a_kilobyte(project: Project) -> None:
    long = {name: len(str(compiled(project, f"{HEAD}{what}{TASK}").wire()["tasks"])) for name, what in (
        ("kept", ""), ("off", "logs: {persist: false}\n"),
    )}  # fmt: skip

    assert long["kept"] - long["off"] < 300, "without the signature, which has about 150 characters"


def test_the_manager_of_a_schedules_jobs_does_not_fail_for_a_link_that_has_ended(project: Project) -> None:
    text = MANAGER.replace(TASK, "schedule: {every: 1d}\n")

    made = compiled(project, text).wire()["job_schedule"]["jobSpecification"]["jobManagerTask"]

    assert "outputFiles" not in made
