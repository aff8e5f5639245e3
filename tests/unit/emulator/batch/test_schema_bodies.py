"""Our tables of bodies against the official document: no member forgotten, none invented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from batchspec.emulator.batch.schema.bodies import BODIES, body_check
from batchspec.emulator.batch.schema.kinds import (
    Duration,
    Enum,
    Flag,
    In,
    Int,
    Kind,
    List,
    Object,
    Only,
    Text,
    Unhonoured,
)
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.versions import V2024, V2025
from tests.contract.batch.openapi import OPENAPI, document, operations

# the document bounds no items: tasks of a collection are checked one by one, with TaskAddParameter
OPAQUE = {"TaskAddCollectionParameter.value"}


def walk(name: str, kind: Kind, schema: dict[str, Any]) -> Iterator[tuple[str, Object, dict[str, Any]]]:
    """Each object of a table, with its schema."""
    schema = resolve(schema)
    if isinstance(kind, In):
        yield from walk(name, kind.kind, schema)
    elif isinstance(kind, List):
        yield from walk(f"{name}[]", kind.item, schema["items"])
    elif isinstance(kind, Object):
        yield name, kind, schema
        for member, inner in kind.members.items():
            of_member = schema["properties"].get(member.rstrip("!"))
            if of_member is not None:
                yield from walk(f"{name}.{member}", inner, of_member)


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document()["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def objects() -> list[tuple[str, Object, dict[str, Any]]]:
    found = []
    for name, kind in BODIES.items():
        found += list(walk(name, kind, document()["definitions"][name]))
    return found


def test_every_member_of_the_document_is_in_our_tables() -> None:
    for name, kind, schema in objects():
        ours = {member.rstrip("!") for member in kind.members}
        theirs = {member for member, inner in schema["properties"].items() if not inner.get("readOnly")}
        assert theirs <= ours, name


def test_a_member_that_the_document_lacks_belongs_to_the_later_version() -> None:
    for name, kind, schema in objects():
        for member, inner in kind.members.items():
            if member.rstrip("!") not in schema["properties"]:
                assert isinstance(inner, In), f"{name}.{member}"
                assert inner.versions == (V2025,), f"{name}.{member}"


def test_what_the_document_requires_we_require() -> None:
    for name, kind, schema in objects():
        required = {member.rstrip("!") for member in kind.members if member.endswith("!")}
        missing = set(schema.get("required", ())) - required
        # asked for by the document of 2024 alone
        assert missing <= {"certificateReferences"}, name


def test_words_and_types_are_the_documents() -> None:
    types = {Text: "string", Enum: "string", Duration: "string", Int: "integer", Flag: "boolean", List: "array"}
    for name, kind, schema in objects():
        for member, inner in kind.members.items():
            plain = inner.kind if isinstance(inner, (In, Only)) else inner
            theirs = schema["properties"].get(member.rstrip("!"))
            if theirs is None or f"{name}.{member.rstrip('!')}" in OPAQUE or isinstance(plain, Unhonoured):
                continue
            theirs = resolve(theirs)
            if type(plain) in types:
                assert theirs["type"] == types[type(plain)], f"{name}.{member}"
            if isinstance(plain, Enum):
                assert list(plain.words) == theirs["enum"], f"{name}.{member}"
            assert isinstance(plain, Duration) == (theirs.get("format") == "duration"), f"{name}.{member}"


def test_every_body_of_an_operation_that_is_served_has_a_table() -> None:
    from batchspec.emulator.batch.operations import OPERATIONS

    for row in OPERATIONS:
        if row.handler is None:
            continue
        bodies = [
            p["schema"]["$ref"].rsplit("/", 1)[1] for p in operations()[row.name][2]["parameters"] if p["in"] == "body"
        ]
        assert bodies == ([row.body.rstrip("?")] if row.body else []), row.name


EXAMPLES = {
    "PoolAdd": "PoolAddParameter",
    "PoolPatch": "PoolPatchParameter",
    "PoolUpdate": "PoolUpdatePropertiesParameter",
    "PoolResize": "PoolResizeParameter",
    "PoolRemoveNodes": "NodeRemoveParameter",
    "PoolEnableAutoscale": "PoolEnableAutoScaleParameter",
    "PoolEvaluateAutoscale": "PoolEvaluateAutoScaleParameter",
    "JobAdd": "JobAddParameter",
    "JobPatch": "JobPatchParameter",
    "JobUpdate": "JobUpdateParameter",
    "JobDisable": "JobDisableParameter",
    "JobScheduleAdd": "JobScheduleAddParameter",
    "JobSchedulePatch": "JobSchedulePatchParameter",
    "JobScheduleUpdate": "JobScheduleUpdateParameter",
    "TaskAdd": "TaskAddParameter",
    "TaskUpdate": "TaskUpdateParameter",
}


def refusal_of(name: str, body: Any) -> str:
    """The code with which a body is refused; empty when it is not."""
    try:
        body_check(name, V2024)(body)
    except BatchError as error:
        return error.code
    return ""


def test_the_documents_own_examples_are_accepted_or_refused_as_not_honoured() -> None:
    folder = OPENAPI / "examples"
    if not folder.is_dir():
        pytest.skip(f"the examples are not at {folder}")
    refusals = {
        path.stem: refusal_of(EXAMPLES[operation], value)
        for path in sorted(folder.glob("*.json"))
        if (operation := path.stem.split("_")[0]) in EXAMPLES
        for value in json.loads(path.read_text(encoding="utf-8-sig"))["parameters"].values()
        if isinstance(value, dict)
    }

    assert len(refusals) > len(EXAMPLES)
    assert set(refusals.values()) == {"", "UnsupportedProperty"}, refusals


POOL = {
    "id": "p",
    "vmSize": "Standard_D2s_v5",
    "targetDedicatedNodes": 1,
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}
JOB = {"id": "j", "poolInfo": {"poolId": "p"}}
TASK = {"id": "t", "commandLine": "/bin/true"}
START = {"commandLine": "/bin/true"}
ADMIN = {"userIdentity": {"autoUser": {"elevationLevel": "admin"}}}

NOT_HONOURED: dict[str, tuple[str, dict[str, Any]]] = {
    "startTask.userIdentity.autoUser.elevationLevel": ("PoolAddParameter", {**POOL, "startTask": {**START, **ADMIN}}),
    "jobPreparationTask.userIdentity.autoUser.elevationLevel": (
        "JobAddParameter",
        {**JOB, "jobPreparationTask": {**START, **ADMIN}},
    ),
    "jobReleaseTask.userIdentity.autoUser.elevationLevel": (
        "JobAddParameter",
        {**JOB, "jobPreparationTask": START, "jobReleaseTask": {**START, **ADMIN}},
    ),
    "userIdentity.autoUser.elevationLevel": ("TaskAddParameter", {**TASK, **ADMIN}),
    "userIdentity.username": ("TaskAddParameter", {**TASK, "userIdentity": {"username": "root"}}),
    "multiInstanceSettings": ("TaskAddParameter", {**TASK, "multiInstanceSettings": {"numberOfInstances": 2}}),
    "containerSettings": ("TaskAddParameter", {**TASK, "containerSettings": {"imageName": "x"}}),
    "authenticationTokenSettings": ("TaskAddParameter", {**TASK, "authenticationTokenSettings": {"access": ["job"]}}),
    "resourceFiles[0].autoStorageContainerName": (
        "TaskAddParameter",
        {**TASK, "resourceFiles": [{"autoStorageContainerName": "c"}]},
    ),
    "applicationPackageReferences": (
        "TaskAddParameter",
        {**TASK, "applicationPackageReferences": [{"applicationId": "a"}]},
    ),
    "poolInfo.autoPoolSpecification": ("JobAddParameter", {"id": "j", "poolInfo": {"autoPoolSpecification": {}}}),
    "jobManagerTask.authenticationTokenSettings": (
        "JobAddParameter",
        {**JOB, "jobManagerTask": {"id": "m", "commandLine": "x", "authenticationTokenSettings": {"access": ["job"]}}},
    ),
    "mountConfiguration": ("PoolAddParameter", {**POOL, "mountConfiguration": [{}]}),
    "userAccounts": ("PoolAddParameter", {**POOL, "userAccounts": [{"name": "a", "password": "b"}]}),
    "virtualMachineConfiguration.containerConfiguration": (
        "PoolAddParameter",
        {**POOL, "virtualMachineConfiguration": {"containerConfiguration": {"type": "dockerCompatible"}}},
    ),
}


@pytest.mark.parametrize("version", [V2024, V2025])
@pytest.mark.parametrize("name", NOT_HONOURED)
def test_what_is_not_honoured_is_refused_by_name(name: str, version: str) -> None:
    body, value = NOT_HONOURED[name]

    with pytest.raises(BatchError) as refusal:
        body_check(body, version)(json.loads(json.dumps(value)))

    assert refusal.value.code == "UnsupportedProperty"
    assert ("PropertyName", name) in refusal.value.values


ONE_VERSION: dict[str, tuple[str, dict[str, Any], str]] = {
    "resourceTags": ("PoolAddParameter", {**POOL, "resourceTags": {"a": "b"}}, V2024),
    "targetNodeCommunicationMode": ("PoolAddParameter", {**POOL, "targetNodeCommunicationMode": "simplified"}, V2024),
    "taskSlotsPerNode": ("PoolPatchParameter", {"taskSlotsPerNode": 2}, V2025),
    "networkConfiguration": ("JobPatchParameter", {"networkConfiguration": {"subnetId": "s"}}, V2025),
}


@pytest.mark.parametrize("name", ONE_VERSION)
def test_a_member_of_one_version_is_refused_under_the_other(name: str) -> None:
    body, value, version = ONE_VERSION[name]
    other = V2025 if version == V2024 else V2024

    assert body_check(body, version)(dict(value))
    with pytest.raises(BatchError) as refusal:
        body_check(body, other)(dict(value))

    assert refusal.value.code == "UnsupportedProperty"


def test_a_file_may_not_leave_the_working_directory() -> None:
    for path in ("/etc/x", "../x", "a/../../x"):
        with pytest.raises(BatchError) as refusal:
            body_check("TaskAddParameter", V2024)({**TASK, "resourceFiles": [{"httpUrl": "u", "filePath": path}]})
        assert refusal.value.code == "InvalidPropertyValue"
