"""What becomes of JSON files in the words of the language."""

from __future__ import annotations

from typing import Any

import pytest

from batchspec.compiler.runs import BASH
from tests.support.imports import compiled, imported, rendered
from tests.support.rest import IMAGE, JOB, MACHINES, POOL, SCHEDULE, TASK

HEAD = "batchspec: v1\nname: {}\n"


def section(key: str, *documents: Any, **options: Any) -> list[str]:
    """The lines of a section of the spec, without its first."""
    lines = imported(*documents, **options).text.splitlines()
    after = lines[lines.index(f"{key}:") + 1 :]
    return after[: after.index("") if "" in after else None]


WORDS: dict[str, tuple[str, tuple[Any, ...], list[str]]] = {
    "an image that has an alias": ("pool", (POOL,), ["  id: p", "  vm_size: Standard_D2s_v5", "  image: ubuntu-24.04"]),
    "an image of another version": (
        "pool",
        ({**POOL, "virtualMachineConfiguration": {**MACHINES, "imageReference": {**IMAGE, "version": "1"}}},),
        [
            "  id: p", "  vm_size: Standard_D2s_v5", "  image:", "    publisher: canonical",
            "    offer: ubuntu-24_04-lts", "    sku: server", '    version: "1"',
            "    node_agent_sku_id: batch.node.ubuntu 24.04",
        ],
    ),
    "fixed nodes": (
        "pool",
        ({**POOL, "targetDedicatedNodes": 1, "targetLowPriorityNodes": 0},),
        ["  id: p", "  vm_size: Standard_D2s_v5", "  image: ubuntu-24.04", "  nodes: {dedicated: 1, spot: 0}"],
    ),
    "a formula in force": (
        "pool",
        ({**POOL, "enableAutoScale": True, "autoScaleFormula": "$x=1;", "autoScaleEvaluationInterval": "PT5M"},),
        [
            "  id: p", "  vm_size: Standard_D2s_v5", "  image: ubuntu-24.04",
            "  nodes: {autoscale: {formula: $x=1;, interval: 5m}}",
        ],
    ),
    "a job that ends with its tasks": ("job", (POOL, JOB), ["  id: j"]),
    "a job that does not say": ("job", (POOL, {"id": "j", "poolInfo": {"poolId": "p"}}), [
        "  id: j", "  on_all_tasks_complete: null",
    ]),
    "a job on another pool": ("job", (POOL, {**JOB, "poolInfo": {"poolId": "q"}}), [
        "  id: j", "  pool_info: {pool_id: q}",
    ]),
    "limits": (
        "tasks",
        ({**TASK, "constraints": {"maxWallClockTime": "PT1H30M", "maxTaskRetryCount": 2, "retentionTime": "P7D"}},),
        ["  - {id: t, command: /bin/true, retries: 2, timeout: 1h30m, retention: 7d}"],
    ),
    "no limit at all, as the service writes it": (
        "job",
        ({**JOB, "constraints": {"maxWallClockTime": "P10675199DT2H48M5.4775807S"}},),
        ["  id: j", "  pool_info: {pool_id: p}"],
    ),
    "lengths that are finer than a spec's": (
        "tasks",
        ({**TASK, "constraints": {
            "maxWallClockTime": "PT1.1234569S", "retentionTime": "P10675199DT2H48M5.4775807S",
        }},),
        ["  - {id: t, command: /bin/true, timeout: PT1.123456S, retention: P10675199DT2H48M5.47758S}"],
    ),
    "an administrator": (
        "tasks",
        ({**TASK, "userIdentity": {"autoUser": {"elevationLevel": "Admin", "scope": "pool"}}},),
        ["  - {id: t, command: /bin/true, elevated: true}"],
    ),
    "another user": (
        "tasks",
        ({**TASK, "userIdentity": {"autoUser": {"elevationLevel": "admin", "scope": "task"}}},),
        [
            "  - id: t", "    command: /bin/true",
            "    user_identity: {auto_user: {scope: task, elevation_level: admin}}",
        ],
    ),
    "a script": (
        "tasks",
        ({**TASK, "commandLine": BASH, "environmentSettings": [
            {"name": "A", "value": "b"}, {"name": "BATCHSPEC_RUN", "value": "a\nb\n"},
        ]},),
        ["  - id: t", "    run: |", "      a", "      b", "    environment: {A: b}"],
    ),
    "variables": (
        "tasks",
        ({**TASK, "environmentSettings": [
            {"name": "A", "value": "1"}, {"name": "B", "value": "true"}, {"name": "C", "value": "01"}, {"name": "D"},
            {"name": "E", "value": ""},
        ]},),
        ["  - id: t", "    command: /bin/true", '    environment: {A: 1, B: true, C: "01", D: {}, E: ""}'],
    ),
    "files": (
        "tasks",
        ({**TASK, "resourceFiles": [
            {"httpUrl": "https://x.example/a/b.txt", "filePath": "b.txt"},
            {"httpUrl": "https://x.example/a/b.txt", "filePath": "in/b.txt", "fileMode": "0755"},
            {"httpUrl": "https://x.example/a/b.txt", "filePath": "c.txt"},
            {"autoStorageContainerName": "data", "filePath": "in"},
        ]},),
        [
            "  - id: t", "    command: /bin/true", "    inputs:", '      - {url: "https://x.example/a/b.txt"}',
            '      - {url: "https://x.example/a/b.txt", to: in, file_mode: "0755"}',
            '      - {url: "https://x.example/a/b.txt", file_path: c.txt}',
            "      - {auto_storage_container_name: data, to: in}",
        ],
    ),
    "names and dependencies": (
        "tasks",
        ([{**TASK, "displayName": "Merge", "dependsOn": {"taskIds": ["1"], "taskIdRanges": [{"start": 1, "end": 3}]}},
          {**TASK, "id": "1"}],),
        ["  - id: t", "    name: Merge", "    command: /bin/true", '    depends_on: ["1", {start: 1, end: 3}]',
         '  - {id: "1", command: /bin/true}'],
    ),
    "a schedule": (
        "schedule",
        ({**SCHEDULE, "schedule": {"recurrenceInterval": "P1D", "doNotRunUntil": "2026-01-31T06:00:00Z"}},),
        ['  every: 1d', '  start: 2026-01-31T06:00:00Z'],
    ),
    "what looks like an expression": (
        "tasks", ({**TASK, "commandLine": "echo ${{ a }}"},), ["  - id: t", '    command: echo ${{ "${{" }} a }}'],
    ),
    "letter case": (
        "pool", ({**POOL, "taskSchedulingPolicy": {"nodeFillType": "Pack"}},),
        ["  id: p", "  vm_size: Standard_D2s_v5", "  image: ubuntu-24.04",
         "  task_scheduling_policy: {node_fill_type: pack}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_the_words_of_the_language(name: str) -> None:
    key, documents, lines = WORDS[name]

    assert section(key, *documents) == lines
    compiled(imported(*documents).text)


def test_several_files_become_one_spec() -> None:
    made = rendered(POOL, JOB, {"value": [TASK, {**TASK, "id": "u"}]}, [{**TASK, "id": "v"}])

    assert made.pool is not None
    assert made.job is not None
    assert made.job.body.pool_info.pool_id == "p"
    assert [task.body.id for task in made.tasks] == ["t", "u", "v"]


def test_tasks_without_a_job_get_one() -> None:
    made = imported(TASK, spec="work", pool="machines", job="run-1")

    head = "batchspec: v1\nname: work\nlogs:\n  persist: false\n\njob:\n  id: run-1\n  pool_info: {pool_id: machines}\n"
    assert made.text.startswith(head)
    assert any('"run-1"' in note for note in made.notes)


def test_tasks_that_act_on_their_job_get_one_that_allows_it() -> None:
    conditions = {"exitCodes": [{"code": 1, "exitOptions": {"jobAction": "terminate"}}]}

    assert "  on_task_failure: performexitoptionsjobaction" in section("job", {**TASK, "exitConditions": conditions})
    assert "on_task_failure" not in imported(JOB, {**TASK, "exitConditions": conditions}).text


def test_tasks_without_a_job_use_the_pool_that_is_there() -> None:
    made = rendered(POOL, TASK)

    assert made.job is not None
    assert made.job.body.pool_info.pool_id == "p"


def test_that_tasks_wait_for_each_other_need_not_be_said() -> None:
    tasks = [TASK, {**TASK, "id": "u", "dependsOn": {"taskIds": ["t"]}}]

    made = imported(POOL, {**JOB, "usesTaskDependencies": True}, tasks)

    assert "uses_task_dependencies" not in made.text
    assert compiled(made.text).job.body.uses_task_dependencies is True  # type: ignore[union-attr]


def test_what_only_the_service_writes_is_left_out_and_told_once() -> None:
    answer = {"odata.metadata": "x", "eTag": "y", "creationTime": "z", "state": "active", "url": "u"}

    made = imported({**POOL, **answer, "currentDedicatedNodes": 1}, {**JOB, **answer})

    assert made.notes[0] == (
        "left out what only the service writes: odata.metadata, eTag, creationTime, state, url, currentDedicatedNodes"
    )
    assert "active" not in made.text


@pytest.mark.parametrize("most", ["P10675199DT2H48M5.4775807S", "P10675199DT2H48M5.477581S"])
def test_no_limit_is_left_out_with_a_note(most: str) -> None:
    made = imported(POOL, JOB, {**TASK, "constraints": {"maxWallClockTime": most}})

    assert "timeout" not in made.text
    assert "2.json: /constraints/maxWallClockTime: left out, since no limit is the default" in made.notes


def test_a_length_that_loses_a_digit_is_noted() -> None:
    made = imported(POOL, {**JOB, "constraints": {"maxWallClockTime": "PT1.1234569S"}})

    assert made.notes == (
        "1.json: /constraints/maxWallClockTime: a spec has microseconds and no less; PT1.1234569S is PT1.123456S there",
    )


def test_the_marks_of_an_earlier_apply_are_left_out() -> None:
    marks = [{"name": "batchspec:spec", "value": "x"}, {"name": "team", "value": "y"}]

    assert section("job", {**JOB, "metadata": marks})[-1] == "  metadata: {team: y}"


@pytest.mark.parametrize(
    ("more", "version"),
    [({}, "2025-06-01"), ({"resourceTags": {"a": "b"}}, "2024-02-01.19.0")],
)
def test_the_api_version_is_the_one_that_has_it_all(more: dict[str, Any], version: str) -> None:
    assert rendered({**POOL, **more}).api_version == version
