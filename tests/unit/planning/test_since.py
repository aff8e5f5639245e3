"""What has changed since the last apply and nobody can see: told by its field, sent by an apply, and then over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batchspec.compiler.record import HIDDEN
from batchspec.planning import Action
from batchspec.planning.differences import differences
from batchspec.planning.document import document
from batchspec.planning.markdown import render as markdown
from batchspec.planning.owner import marks
from batchspec.planning.since import since
from batchspec.planning.text import render
from batchspec.ports import FINGERPRINT_KEY, SECRETS_KEY, JobView
from tests.support.hidden import (
    DAILY,
    ONE,
    TWO,
    account,
    applied,
    body_of,
    change_of,
    container,
    fetching,
    live,
    metadata,
    planned,
    spec,
)
from tests.support.imports import rendered
from tests.support.project import Project
from tests.support.wire_values import NEW, OLD, ROOTS, Path, lone, paths, show

# How it was, how it is, in which versions of the API; whose it is, what is done, and what is told.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str, Action, str]] = {
    "a start task": (
        {"pool": {"start_task": container(ONE)}}, {"pool": {"start_task": container(TWO)}},
        NEW + OLD, "pool", Action.UPDATE, "start_task"),
    "a start task, with more metadata": (
        {"pool": {"start_task": container(ONE)}},
        {"pool": {"start_task": container(TWO), "metadata": {"team": "x"}}},
        NEW + OLD, "pool", Action.UPDATE, "start_task"),
    "a start task, with another command": (
        {"pool": {"start_task": container(ONE)}}, {"pool": {"start_task": container(TWO, command="pwd")}},
        NEW + OLD, "pool", Action.UPDATE, "start_task"),
    "a signature of somebody else's link": (
        {"pool": {"start_task": fetching(ONE)}}, {"pool": {"start_task": fetching(TWO)}},
        NEW + OLD, "pool", Action.UPDATE, "start_task"),
    "an account of an empty pool": (
        {"pool": account(ONE)}, {"pool": account(TWO)}, NEW, "pool", Action.UPDATE, "user_accounts"),
    "an account": ({"pool": account(ONE)}, {"pool": account(TWO)}, OLD, "pool", Action.REPLACE, "user_accounts"),
    "an account, with another start task": (
        {"pool": account(ONE)}, {"pool": {**account(TWO), "start_task": {"run": "ls"}}},
        OLD, "pool", Action.REPLACE, "user_accounts"),
    "a password that is no longer there": (
        {"pool": {"start_task": container(ONE)}},
        {"pool": {"start_task": {
            "command": "ls", "container_settings": {"image_name": "i", "registry": {"user_name": "u"}}}}},
        NEW, "pool", Action.UPDATE, "start_task"),
    "a preparation": (
        {"job": {"prepare": container(ONE)}}, {"job": {"prepare": container(TWO), "priority": 3}},
        NEW + OLD, "job", Action.REPLACE, "prepare"),
    "a preparation of the jobs of a schedule": (
        {"job": {"prepare": container(ONE)}, **DAILY}, {"job": {"prepare": container(TWO)}, **DAILY},
        NEW + OLD, "job_schedule", Action.UPDATE, "job_specification"),
    "a signature in the jobs of a schedule": (
        {"job": {"prepare": fetching(ONE)}, **DAILY}, {"job": {"prepare": fetching(TWO)}, **DAILY},
        NEW + OLD, "job_schedule", Action.UPDATE, "job_specification"),
}  # fmt: skip
EACH = [(name, version) for name, case in CASES.items() for version in (OLD, NEW) if version in case[2]]


@pytest.mark.parametrize(("name", "version"), EACH, ids=lambda part: part[:4] if part in (OLD, NEW) else part)
def test_a_hidden_value_that_was_changed_is_told_by_its_field_and_sent(name: str, version: str) -> None:
    before, after, _, kind, action, field = CASES[name]
    world = applied(spec(**before, api_version=version))
    made = spec(**after, api_version=version)

    plan = planned(made, world)
    applied(made, world)

    change = plan.of(kind)
    assert change is not None
    assert change.action is action
    assert f"{field}: a hidden value was changed" in change.reasons
    told = [render(plan), markdown([plan]), str(document([plan]))]
    assert not any(text in "".join(told) for text in (ONE, TWO))
    assert TWO in str(live(world, kind)) or name == "a password that is no longer there"
    assert ONE not in str(live(world, kind))
    assert planned(made, world).empty


def test_a_hidden_value_is_marked_as_such_for_machines() -> None:
    world = applied(spec(pool=account(ONE)))

    found = document([planned(spec(pool=account(TWO)), world)])

    assert found["plans"][0]["changes"][0]["differences"] == [{"path": "user_accounts", "hidden": True}]


def test_another_signature_does_not_make_a_job_anew() -> None:
    world = applied(spec(job={"prepare": fetching(ONE)}))

    assert planned(spec(job={"prepare": fetching(TWO)}), world).empty


def test_what_somebody_set_by_hand_is_not_taken_for_something_that_the_spec_no_longer_sets() -> None:
    world = applied(spec(job={"priority": 1}))
    world.batch.patch_job("j", {"maxParallelTasks": 3, "constraints": {"maxTaskRetryCount": 2}})
    world.batch.patch_pool("p", {"displayName": "by hand", "taskSlotsPerNode": 4})
    made = spec({"metadata": {"team": "x"}}, {"priority": 5})

    plan = planned(made, world)
    applied(made, world)

    assert change_of(plan, "job").reasons == ("priority: 1 -> 5",)
    assert change_of(plan, "pool").reasons == ("metadata[team] is added",)
    assert (live(world, "job")["maxParallelTasks"], live(world, "pool")["taskSlotsPerNode"]) == (3, 4)
    assert planned(made, world).empty


def test_a_policy_that_only_the_spec_can_have_chosen_is_told_when_it_is_gone() -> None:
    world = applied(spec({"upgrade_policy": {"mode": "automatic"}}))

    plan = planned(spec(), world)
    applied(spec(), world)

    assert change_of(plan, "pool").reasons[0] == "upgrade_policy is no longer set"
    assert "upgradePolicy" not in live(world, "pool")


UNKNOWN = {"of one hash": "86e649b2bc091d8f179c158f4637d96d" * 2, "empty": "", "of a field to come": "warp_drive!:abc"}


@pytest.mark.parametrize("record", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("adopted", [False, True])
def test_what_has_no_record_that_is_understood_is_compared_by_what_the_service_tells(
    record: str, adopted: bool
) -> None:
    made = spec({"start_task": container(ONE)}, {"timeout": "2h"})
    world = applied(made)
    for things in (world.batch.pools, world.batch.jobs):
        for thing in things.values():
            given = {} if adopted else {**thing.view.metadata, FINGERPRINT_KEY: record}
            thing.view = replace(thing.view, metadata=given)
    world.batch.patch_job("j", {"priority": 7})

    plan = planned(made, world)
    applied(made, world)

    assert "priority" not in render(plan)
    told = (
        "a hidden value was changed"
        if "!" in record and not adopted
        else "it holds a value that the service does not tell"
    )
    assert f"start_task: {told}" in change_of(plan, "pool").reasons
    assert live(world, "job")["priority"] == 7
    assert planned(made, world).empty


def in_container(*passwords: str) -> dict[str, Any]:
    return {"tasks": [{"id": f"t{at}", **container(word)} for at, word in enumerate(passwords)]}


TASKS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Action]] = {
    "the same": ((ONE, ONE), (ONE, ONE), Action.NOTHING),
    "another": ((ONE, ONE), (TWO, TWO), Action.REPLACE),
    "another of one task": ((ONE, ONE), (ONE, TWO), Action.REPLACE),
    "another, and one task less": ((ONE, ONE), (TWO,), Action.REPLACE),
    "another, and one task more": ((ONE,), (TWO, TWO), Action.REPLACE),
    "one task less": ((ONE, TWO), (ONE,), Action.NOTHING),
    "one task more": ((ONE,), (ONE, TWO), Action.NOTHING),
}


@pytest.mark.parametrize(("then", "now", "action"), TASKS.values(), ids=TASKS)
def test_a_password_of_a_task_that_is_there_is_told_when_it_is_another(
    then: tuple[str, ...], now: tuple[str, ...], action: Action
) -> None:
    world = applied(spec(**in_container(*then)))
    made = spec(**in_container(*now))

    plan = planned(made, world)
    applied(made, world)

    assert change_of(plan, "job").action is action
    assert ("tasks: a hidden value was changed" in change_of(plan, "job").reasons) == (action is Action.REPLACE)
    assert planned(made, world).empty


TEXT = """\
batchspec: v1
name: demo
pool:
  id: p
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 1}
  start_task: {command: ls, environment: {T: T}}
job: {id: j, environment: {T: T}}
tasks: [{id: a, command: ls}]
on_finish: {pool: delete}
"""


@pytest.mark.parametrize("kind", ["pool", "job", "job_schedule"])
def test_a_text_that_becomes_a_variable_of_the_same_value_is_secret_after_one_apply(
    project: Project, kind: str
) -> None:
    text = TEXT.replace("T: T", "T: s3cret-1") + (
        "schedule: {every: 1d, credential: account_key}\n" if kind == "job_schedule" else ""
    )
    world = applied(project.program(text))

    for written, marked in ((text.replace(ONE, '"${{ env.T }}"'), True), (text, False)):
        made = project.program(written, environ={"T": ONE})
        assert planned(made, world).empty
        applied(made, world)
        assert (SECRETS_KEY in metadata(world, kind)) == marked


# All fields that the service never tells, wherever they stand.
SECRET: dict[str, tuple[str, Path]] = {
    f"{kind}:{show(path)}": (kind, path)
    for kind, model in ROOTS.items()
    for path in paths(model)
    if kind != "task" and path[-1].name in HIDDEN
}


def changed(value: Any) -> Any:
    """Another value of the same shape at each hidden key."""
    if isinstance(value, list):
        return [changed(one) for one in value]
    if not isinstance(value, dict):
        return value
    keys = {"password", "accountKey", "sasKey", "sshPrivateKey", "protectedSettings"}
    return {key: _other(one) if key in keys else changed(one) for key, one in value.items()}


def _other(value: Any) -> Any:
    return {**value, "more": "1"} if isinstance(value, dict) else f"{value}x"


@pytest.mark.parametrize("name", SECRET)
def test_every_hidden_field_is_told_by_the_field_of_the_body_that_it_is_in(name: str) -> None:
    kind, path = SECRET[name]
    told = lone(ROOTS[kind], path)
    then, now = (body_of(rendered(one), kind) for one in (told, changed(told)))
    view = JobView("j", "active", "1", marks(then), "p", armed=False, body=told)

    assert list(since(kind, then, view)) == []
    (found,) = since(kind, now, view)
    assert (found.path, found.hidden) == (path[0].name, True)
    assert list(differences(now, told, skip=frozenset({"on_all_tasks_complete"}))) == []
