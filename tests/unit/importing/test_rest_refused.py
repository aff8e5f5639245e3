"""What cannot be a spec is refused in words that say what and where."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st

from batchspec.errors import UsageError
from batchspec.importing.assemble import Names
from batchspec.importing.rest import import_rest
from batchspec.importing.told import CannotImport
from batchspec.source import SourceFile
from tests.support.imports import imported
from tests.support.rest import JOB, MACHINES, POOL, SCHEDULE, TASK


def refusal(*documents: Any) -> str:
    with pytest.raises(CannotImport) as caught:
        imported(*documents)
    return caught.value.message


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


def test_tasks_that_wait_for_others_elsewhere_are_told() -> None:
    made = imported(JOB, {**TASK, "dependsOn": {"taskIds": ["u"]}})

    assert any("u" in note and "none of the files" in note for note in made.notes)


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
