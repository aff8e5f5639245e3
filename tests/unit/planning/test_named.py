"""The law of plan: it names just the fields that were edited, hidden or not, and one apply later there are none."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.compiler.record import recorded
from batchspec.planning import Plan
from batchspec.planning.owner import marks
from batchspec.planning.places import first
from batchspec.planning.text import render
from batchspec.service.bodies import wire
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
from tests.support.wire_values import NEW, OLD


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


# Values of which none is another in disguise; None: the spec does not set it.
POOL: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "display_name": ("display_name", one_of(None, "one", "two")),
    "vm_size": ("vm_size", one_of("Standard_D2s_v5", "Standard_D4s_v5")),
    "task_slots_per_node": ("task_slots_per_node", one_of(None, 2, 4)),
    "user_accounts": ("user_accounts", one_of(
        None, *(account(word)["user_accounts"] for word in (ONE, TWO)),
        [{"name": "u", "password": ONE}, {"name": "v", "password": TWO}])),
    "start_task": ("start_task", one_of(
        None, container(ONE), container(TWO), container(ONE, retries=3), fetching(ONE), fetching(TWO),
        container(ONE, environment={"K": "v"}))),
    "mount_configuration": ("mount_configuration", one_of(None, *(
        [{"azure_blob_file_system_configuration": {
            "account_name": "a", "container_name": "c", "relative_mount_path": "m", **key}}]
        for key in ({"account_key": ONE}, {"account_key": TWO}, {"sas_key": ONE}, {"sas_key": TWO})))),
    "network_configuration": ("network_configuration", one_of(None, {"subnet_id": "/a"}, {"subnet_id": "/b"})),
    "metadata": ("metadata", one_of(None, {"team": "x"}, {"team": "x", "cost": "1"}, {"cost": "2"})),
}  # fmt: skip
JOB: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "display_name": ("display_name", one_of(None, "one", "two")),
    "priority": ("priority", one_of(None, 3, 5)),
    "timeout": ("constraints", one_of(None, "2h", "3h")),
    "retries": ("constraints", one_of(None, 1, 2)),
    "environment": ("common_environment_settings", one_of(None, {"A": "1"}, {"A": "2"}, {"A": "1", "B": "1"})),
    "prepare": ("job_preparation_task", one_of(
        None, container(ONE), container(TWO), container(ONE, retries=3), container(TWO, command="pwd"))),
    "metadata": ("metadata", one_of(None, {"team": "x"}, {"team": "x", "cost": "1"}, {"cost": "2"})),
}  # fmt: skip


def drawn(fields: dict[str, tuple[str, st.SearchStrategy[Any]]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: values for name, (_, values) in fields.items()})


def only(chosen: dict[str, Any], then: dict[str, Any], edits: frozenset[str]) -> dict[str, Any]:
    """Of what was drawn, what is edited; the rest is as it was then."""
    return {name: copy.deepcopy(chosen[name] if name in edits else then[name]) for name in then}


def edited(fields: dict[str, tuple[str, Any]], then: dict[str, Any], now: dict[str, Any]) -> set[str]:
    return {fields[name][0] for name in then if then[name] != now[name]}


def named(plan: Plan, kind: str) -> set[str]:
    return {first(one) for one in change_of(plan, kind).differences}


def set_(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    version=one_of(OLD, NEW),
    pools=st.tuples(drawn(POOL), drawn(POOL)),
    jobs=st.tuples(drawn(JOB), drawn(JOB)),
    edits=st.tuples(st.frozensets(one_of(*POOL)), st.frozensets(one_of(*JOB))),
    periodic=st.booleans(),
)
def test_a_plan_names_just_the_fields_that_were_edited_and_one_apply_makes_them_so(
    version: str,
    pools: tuple[dict[str, Any], dict[str, Any]],
    jobs: tuple[dict[str, Any], dict[str, Any]],
    edits: tuple[frozenset[str], frozenset[str]],
    periodic: bool,
) -> None:
    more = {"api_version": version, **(DAILY if periodic else {})}
    pool, job = only(pools[1], pools[0], edits[0]), only(jobs[1], jobs[0], edits[1])
    world = applied(spec(set_(pools[0]), set_(jobs[0]), **more))
    made = spec(set_(pool), set_(job), **more)

    plan = planned(made, world)
    applied(made, world)

    assert named(plan, "pool") == edited(POOL, pools[0], pool)
    if periodic:
        assert named(plan, "job_schedule") == ({"job_specification"} if edited(JOB, jobs[0], job) else set())
    else:
        assert named(plan, "job") == edited(JOB, jobs[0], job)
    left = planned(made, world)
    assert left.empty, render(left)
    assert made.pool is not None
    told, asked = live(world, "pool"), wire(made.pool.body)
    for key in ("userAccounts", "startTask", "mountConfiguration"):
        assert (told.get(key) or None) == asked.get(key)
    for kind in ("pool", "job_schedule" if periodic else "job"):
        assert recorded(metadata(world, kind)) == recorded(marks(body_of(made, kind)))
