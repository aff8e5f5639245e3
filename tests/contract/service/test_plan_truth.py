"""What the service tells of a body that was sent is no difference from it: the truth behind "no changes"."""

from __future__ import annotations

import itertools
from contextlib import closing, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.errors import Refused
from batchspec.planning.differences import differences
from batchspec.planning.unset import unset
from batchspec.service.account import Account
from batchspec.service.batch import AzureBatch
from tests.support.imports import rendered
from tests.support.wire_values import NEW, OLD, ROOTS, api, bodies, lone, paths, show

APART = frozenset({"id", "on_all_tasks_complete"})
POOL = {"id": "truth", "vmSize": "standard_d2s_v5", "targetDedicatedNodes": 0, "virtualMachineConfiguration": {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04"}}  # fmt: skip


def sent(batch: AzureBatch, kind: str, made: Any) -> Any:
    """What the service tells of a body, once it has taken it; it is gone afterwards."""
    if kind == "pool":
        batch.add_pool(made)
        found = batch.get_pool(made.id).body
        batch.delete_pool(made.id)
        return found
    if kind == "job":
        batch.add_job(made)
        found = batch.get_job(made.id).body
        batch.delete_job(made.id)
        return found
    if kind == "job_schedule":
        batch.add_schedule(made)
        found = batch.get_schedule(made.id).body
        batch.delete_schedule(made.id)
        return found
    return task(batch, made)


def task(batch: AzureBatch, made: Any) -> Any:
    job = rendered({"id": "truth-tasks", "poolInfo": {"poolId": "truth"}, **SETTINGS}).job
    assert job is not None
    with suppress(Refused):
        batch.add_job(job.body)
    (result,) = batch.add_tasks("truth-tasks", [made])
    if result.fault is not None:
        raise Refused(result.fault.message)
    found = next(one for one in batch.task_bodies("truth-tasks") if one["id"] == made.id)
    batch.delete_task("truth-tasks", made.id)
    return found


def unlike(kind: str, made: Any, found: Any) -> list[Any]:
    return [*differences(made, found, skip=APART), *unset(kind, made, found)]


SETTINGS = {"usesTaskDependencies": True, "onTaskFailure": "performExitOptionsJobAction"}
NUMBERS = itertools.count(1)  # an id for each body: what was deleted may be there for a while
# What the local service refuses by name: it has no containers, accounts, packages, mounts, and no pools of its own.
FOREIGN = frozenset(
    {
        "containerSettings",
        "containerConfiguration",
        "mountConfiguration",
        "userAccounts",
        "extensions",
        "applicationPackageReferences",
        "certificateReferences",
        "allowTaskPreemption",
        "autoPoolSpecification",
        "cloudServiceConfiguration",
    }
)


def taken(document: dict[str, Any], kind: str) -> dict[str, Any]:
    """The document with another id, without what no local service takes, and with what goes with what it has."""
    made: dict[str, Any] = {**_without(document), "id": f"truth-{next(NUMBERS)}"}
    inner = made.get("jobSpecification", made)
    if kind == "pool" and not any(key in made for key in ("targetDedicatedNodes", "enableAutoScale")):
        made["targetDedicatedNodes"] = 0
    if kind in ("job", "job_schedule"):
        inner["poolInfo"] = {"poolId": "truth"}
        if "jobReleaseTask" in inner:
            inner.setdefault("jobPreparationTask", {"commandLine": "x"})
    return made


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner) for key, inner in value.items() if key not in FOREIGN}
    return [_without(inner) for inner in value] if isinstance(value, list) else value


LEAVES = {
    f"{version}:{kind}:{show(path)}": (kind, version, path)
    for version in (OLD, NEW)
    for kind, model in ROOTS.items()
    for path in paths(model)
    if api(path) in ("", version) and not FOREIGN.intersection(field.key for field in path)
}


def made_of(document: dict[str, Any], kind: str) -> Any:
    program = rendered(document)
    if kind == "task":
        return program.tasks[0].body
    found = {"pool": program.pool, "job": program.job, "job_schedule": program.schedule}[kind]
    assert found is not None
    return found.body


@pytest.fixture(scope="module", autouse=True)
def named_pool(account: Account) -> None:
    """The pool that the jobs name."""
    with closing(AzureBatch(account)) as batch:
        made = rendered(POOL).pool
        assert made is not None
        batch.add_pool(made.body)


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("kind", ROOTS)
def test_every_field_alone_is_told_as_it_was_sent(account: Account, kind: str, version: str) -> None:
    chosen = {name: path for name, (of, spoken, path) in LEAVES.items() if (of, spoken) == (kind, version)}
    wrong, refused = {}, []
    with closing(AzureBatch(account, version)) as batch:
        for name, path in chosen.items():
            made = made_of(taken(lone(ROOTS[kind], path), kind), kind)
            try:
                left = unlike(kind, made, sent(batch, kind, made))
            except Refused:
                refused.append(name)
                continue
            if left:
                wrong[name] = left

    assert wrong == {}
    assert len(refused) < len(chosen) / 2, refused


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("kind", ROOTS)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_body_is_told_as_it_was_sent(account: Account, kind: str, version: str, data: st.DataObject) -> None:
    made = made_of(taken(data.draw(bodies(ROOTS[kind], version, share=4)), kind), kind)
    with closing(AzureBatch(account, version)) as batch:
        try:
            found = sent(batch, kind, made)
        except Refused:
            return

    assert unlike(kind, made, found) == []
