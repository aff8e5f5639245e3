"""What becomes of JSON files: their kinds, their faults, their secrets, and the words of the language."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st

from batchspec.compiler.runs import BASH
from batchspec.errors import UsageError
from batchspec.importing.assemble import Names
from batchspec.importing.rest import import_rest
from batchspec.importing.told import CannotImport
from batchspec.source import SourceFile
from tests.support.imports import compiled, imported, rendered

IMAGE = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
MACHINES = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 24.04"}
POOL = {"id": "p", "vmSize": "Standard_D2s_v5", "virtualMachineConfiguration": MACHINES}
JOB = {"id": "j", "poolInfo": {"poolId": "p"}, "onAllTasksComplete": "terminatejob"}
TASK = {"id": "t", "commandLine": "/bin/true"}
SCHEDULE = {"id": "s", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "p"}}}
HEAD = "batchspec: v1\nname: {}\n"


def section(key: str, *documents: Any, **options: Any) -> list[str]:
    """The lines of a section of the spec, without its first."""
    lines = imported(*documents, **options).text.splitlines()
    after = lines[lines.index(f"{key}:") + 1 :]
    return after[: after.index("") if "" in after else None]


def refusal(*documents: Any) -> str:
    with pytest.raises(CannotImport) as caught:
        imported(*documents)
    return caught.value.message


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


def test_tasks_that_wait_for_others_elsewhere_are_told() -> None:
    made = imported(JOB, {**TASK, "dependsOn": {"taskIds": ["u"]}})

    assert any("u" in note and "none of the files" in note for note in made.notes)


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


SIGNS = "a pool has vmSize, a job poolInfo, a job schedule jobSpecification, a task commandLine"
ONLY = "only API 2025-06-01 has this, and only 2024-02-01.19.0 has"
REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "a typo": (
        ({**TASK, "comandLine": "x"},),
        '0.json: /comandLine: there is no "comandLine" here; did you mean "commandLine"?',
    ),
    "a typo further in": (
        ({**TASK, "constraints": {"maxwallclocktime": "P1D"}},),
        '0.json: /constraints/maxwallclocktime: there is no "maxwallclocktime" here; did you mean "maxWallClockTime"?',
    ),
    "a number in quotes": (
        ({**JOB, "priority": "1"},),
        "0.json: /priority: this is a text, and a whole number was expected",
    ),
    "a fraction": (({**JOB, "priority": 1.5},), "0.json: /priority: this is a number, and a whole number was expected"),
    "a text that is a number": (
        ({**TASK, "displayName": 1},),
        "0.json: /displayName: this is a number, and a text was expected",
    ),
    "a list that is none": (
        ({**TASK, "resourceFiles": {}},),
        "0.json: /resourceFiles: this is an object, and a list was expected",
    ),
    "an object that is none": (
        ({**JOB, "poolInfo": "p"},),
        "0.json: /poolInfo: this is a text, and an object was expected",
    ),
    "an unknown value": (
        ({**JOB, "onTaskFailure": "no"},),
        '0.json: /onTaskFailure: "no" is none of noaction, performexitoptionsjobaction',
    ),
    "an odd duration": (
        ({**TASK, "constraints": {"maxWallClockTime": "1 hour"}},),
        "0.json: /constraints/maxWallClockTime: this is no duration such as PT1H30M or P7D",
    ),
    "an odd moment": (
        ({**SCHEDULE, "schedule": {"doNotRunUntil": "today"}},),
        "0.json: /schedule/doNotRunUntil: this is no moment such as 2026-01-31T06:00:00Z",
    ),
    "a moment of no time zone": (
        ({**SCHEDULE, "schedule": {"doNotRunUntil": "2026-01-31T06:00:00"}},),
        (
            "0.json: /schedule/doNotRunUntil: this is no moment such as 2026-01-31T06:00:00Z; "
            "it has no time zone: end it with Z for UTC"
        ),
    ),
    "the former name of a file's URL": (
        ({**TASK, "resourceFiles": [{"blobSource": "https://x.example/a", "filePath": "a"}]},),
        '0.json: /resourceFiles/0/blobSource: there is no "blobSource" here; it is called "httpUrl" now',
    ),
    "the former name of slots": (
        ({**POOL, "maxTasksPerNode": 1},),
        '0.json: /maxTasksPerNode: there is no "maxTasksPerNode" here; it is called "taskSlotsPerNode" now',
    ),
    "the former word for an administrator": (
        ({**TASK, "runElevated": True},),
        '0.json: /runElevated: there is no "runElevated" here; say it in "userIdentity" now',
    ),
    "a variable twice": (
        ({**TASK, "environmentSettings": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},),
        '0.json: /environmentSettings/1: the name "A" stands here twice, and a spec holds each name once',
    ),
    "metadata twice": (
        ({**JOB, "metadata": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},),
        '0.json: /metadata/1: the name "A" stands here twice, and a spec holds each name once',
    ),
    "nothing known": (
        ({"a": 1},),
        f"0.json: this is no pool, job, job schedule or task: {SIGNS}",
    ),
    "an empty list": (([],), "0.json: the list is empty"),
    "two pools": ((POOL, POOL), "1.json: a spec has one pool, and 0.json is one already"),
    "two jobs": ((JOB, JOB), "1.json: a spec has one job, and 0.json is one already"),
    "a job and a job schedule": (
        (JOB, SCHEDULE),
        "0.json: a spec has a job or a job schedule, and 1.json is a job schedule",
    ),
    "tasks of a job schedule": (
        (SCHEDULE, [TASK]),
        "1.json: /0: the tasks of a job schedule's jobs come from its job manager, and cannot stand in a spec",
    ),
    "a task twice": (([TASK, {**TASK, "id": "T"}],), '0.json: /1: the id "T" is that of the task at 0.json: /0, too'),
    "fields of two API versions": (
        ({**POOL, "resourceTags": {}, "taskSchedulingPolicy": {"nodeFillType": "pack", "jobDefaultOrder": "none"}},),
        f"0.json: /taskSchedulingPolicy/jobDefaultOrder: {ONLY} what stands at 0.json: /resourceTags",
    ),
    "NUL": (({**TASK, "commandLine": "a\x00"},), "0.json: /commandLine: a spec cannot hold the character NUL"),
    "half a character": (
        (b'{"id": "t", "commandLine": "\\ud800"}',),
        "0.json: /commandLine: half of a surrogate pair is no character",
    ),
    "no JSON": ((b'{"id": }',), "0.json:1:8: this is not JSON: expecting value"),
    "nothing": ((b"",), "0.json:1:1: this is not JSON: expecting value"),
    "not UTF-8": ((b'{"id": "\xff"}',), "0.json: byte 8 is not UTF-8"),
    "a key twice": ((b'{"id": "a", "id": "b"}',), '0.json: the key "id" stands twice in one object'),
    "too deep": ((b"[" * 100_000,), "0.json: the JSON is nested too deeply"),
    "no number": ((b'{"id": NaN}',), "0.json: NaN is not a number in JSON"),
    "a number too large": ((b'{"id": 1e999}',), "0.json: the number 1e999 is too large"),
    "a number too long": ((b"[" + b"1" * 5000 + b"]",), "0.json: a number has too many digits"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_spec_is_refused_in_words(name: str) -> None:
    documents, message = REFUSED[name]

    assert refusal(*documents) == message


def test_all_problems_are_told_at_once() -> None:
    assert refusal({**JOB, "a": 1, "b": 2}).count("\n") == 1


def test_many_problems_are_counted() -> None:
    assert refusal({**TASK, **{f"x{at}": 1 for at in range(50)}}).endswith("(and 30 more)")


def test_an_extension_of_too_many_levels_is_refused() -> None:
    deep: Any = 1
    for _ in range(60):
        deep = {"a": deep}
    extension = {"name": "e", "publisher": "p", "type": "t", "settings": deep, "protectedSettings": deep}
    machines = {**MACHINES, "extensions": [extension]}

    assert "more than 40 levels of nesting" in refusal({**POOL, "virtualMachineConfiguration": machines})


@pytest.mark.parametrize("key", ["userIdentity", "settings", "constraints", "resourceFiles", "id", "unknown"])
def test_nesting_breaks_nothing_wherever_it_is(key: str) -> None:
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    document = b'{"commandLine": "x", "%s": %s, "userIdentity2": 1}' % (key.encode(), deep)

    assert refusal(document).startswith("0.json: ")


def test_a_name_that_cannot_be_one_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match='"a b" is no name'):
        imported(POOL, spec="a b")


@given(st.one_of(st.binary(max_size=60), st.text('{}[]",:idcommanLe01 \\', max_size=60).map(str.encode)))
def test_whatever_the_bytes_there_is_a_spec_or_a_refusal(data: bytes) -> None:
    with suppress(CannotImport):
        import_rest([SourceFile("x.json", data)], Names())
