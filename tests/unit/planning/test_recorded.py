"""Answers as the real service gives them, against what was sent: what it adds by itself is no difference.

The shapes are those of the recorded answers in Azure/azure-cli (command_modules/batch/tests/latest/recordings) and of
the examples of the REST reference, with names of our own.
"""

from __future__ import annotations

from typing import Any

import pytest

from batchspec.planning.differences import differences
from batchspec.planning.unset import unset
from tests.support.imports import rendered

NO_LIMIT = "P10675199DT2H48M5.4775807S"
ANYBODY = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
IMAGE = {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"}
MACHINE = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 22.04"}
POOL = {"id": "p", "vmSize": "Standard_D2s_v3", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 2}
JOB: dict[str, Any] = {"id": "j", "poolInfo": {"poolId": "p"}}
TASK: dict[str, Any] = {"id": "t", "commandLine": "/bin/true"}
TOLD_POOL = {
    "odata.metadata": "https://a.eastus.batch.azure.com/$metadata#pools/@Element",
    "id": "p",
    "url": "https://a.eastus.batch.azure.com/pools/p",
    "eTag": "0x8DC5F400C9F1544",
    "state": "active",
    "allocationState": "steady",
    "vmSize": "standard_d2s_v3",
    "resizeTimeout": "PT15M",
    "currentDedicatedNodes": 0,
    "targetDedicatedNodes": 2,
    "currentLowPriorityNodes": 0,
    "targetLowPriorityNodes": 0,
    "enableAutoScale": False,
    "enableInterNodeCommunication": False,
    "taskSlotsPerNode": 1,
    "taskSchedulingPolicy": {"nodeFillType": "Spread"},
    "virtualMachineConfiguration": {
        "imageReference": {**IMAGE, "publisher": "Canonical", "version": "latest"},
        "nodeAgentSKUId": "batch.node.ubuntu 22.04",
    },
}
TOLD_JOB = {
    "id": "j",
    "state": "active",
    "priority": 0,
    "maxParallelTasks": -1,
    "usesTaskDependencies": False,
    "allowTaskPreemption": False,
    "constraints": {"maxWallClockTime": NO_LIMIT, "maxTaskRetryCount": 0},
    "poolInfo": {"poolId": "p"},
    "executionInfo": {"startTime": "2024-10-24T01:15:18.9955081Z", "poolId": "p"},
    "onAllTasksComplete": "noaction",
    "onTaskFailure": "noaction",
}
TOLD_TASK = {
    "id": "t",
    "state": "active",
    "commandLine": "/bin/true",
    "userIdentity": ANYBODY,
    "constraints": {"maxWallClockTime": NO_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": 0},
    "requiredSlots": 1,
    "executionInfo": {"retryCount": 0, "requeueCount": 0},
}
OS_DISK = {"caching": "readwrite", "managedDisk": {"storageAccountType": "standardssd_lrs"}, "diskSizeGB": 100}
START = {"commandLine": "ls"}
NAMES = {"metadata": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "the smallest pool": ("pool", POOL, TOLD_POOL),
    "a network that the service fills in": ("pool", POOL, {**TOLD_POOL, "networkConfiguration": {
        "dynamicVNetAssignmentScope": "none", "enableAcceleratedNetworking": False,
        "publicIPAddressConfiguration": {"provision": "batchmanaged"}}}),
    "node communication": ("pool", POOL, {
        **TOLD_POOL, "currentNodeCommunicationMode": "simplified", "targetNodeCommunicationMode": "Default"}),
    "an upgrade policy that the service chooses": ("pool", POOL, {**TOLD_POOL, "upgradePolicy": {"mode": "manual"}}),
    "an upgrade policy of the spec's": ("pool", {**POOL, "upgradePolicy": {
        "mode": "automatic", "rollingUpgradePolicy": {"pauseTimeBetweenBatches": "P0D"}}}, {
        **TOLD_POOL, "upgradePolicy": {"mode": "Automatic", "rollingUpgradePolicy": {
            "maxBatchInstancePercent": 20, "pauseTimeBetweenBatches": "PT0S"}}}),
    "empty lists": ("pool", POOL, {
        **TOLD_POOL, "certificateReferences": [], "applicationPackageReferences": [], "metadata": [],
        "userAccounts": [], "mountConfiguration": [], "resizeErrors": []}),
    "a disk": ("pool", {**POOL, "virtualMachineConfiguration": {**MACHINE, "osDisk": OS_DISK}}, {
        **TOLD_POOL, "virtualMachineConfiguration": {
            **MACHINE, "osDisk": {**OS_DISK, "caching": "ReadWrite", "ephemeralOSDiskSettings": {}}}}),
    "a disk that the service chooses": ("pool", POOL, {
        **TOLD_POOL, "virtualMachineConfiguration": {**MACHINE, "osDisk": {
            "caching": "none", "managedDisk": {"storageAccountType": "premium_lrs"}},
            "nodePlacementConfiguration": {"policy": "Regional"}}}),
    "windows": ("pool", POOL, {**TOLD_POOL, "virtualMachineConfiguration": {
        **MACHINE, "windowsConfiguration": {"enableAutomaticUpdates": True}}}),
    "a start task": ("pool", {**POOL, "startTask": START}, {**TOLD_POOL, "startTask": {
        **START, "userIdentity": ANYBODY, "maxTaskRetryCount": 0, "waitForSuccess": True}}),
    "metadata in another order": ("pool", {**POOL, **NAMES}, {
        **TOLD_POOL, "metadata": list(reversed(NAMES["metadata"]))}),
    "the smallest job": ("job", JOB, TOLD_JOB),
    "a preparation": ("job", {**JOB, "jobPreparationTask": START, "jobReleaseTask": START}, {
        **TOLD_JOB,
        "jobPreparationTask": {
            **START, "id": "jobpreparation", "userIdentity": ANYBODY, "waitForSuccess": True,
            "rerunOnNodeRebootAfterSuccess": True,
            "constraints": {"maxWallClockTime": NO_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": 0}},
        "jobReleaseTask": {
            **START, "id": "jobrelease", "userIdentity": ANYBODY, "maxWallClockTime": "PT15M",
            "retentionTime": "P7D"}}),
    "a manager with the retries of its job": (
        "job",
        {**JOB, "constraints": {"maxTaskRetryCount": 5}, "jobManagerTask": {**TASK, "id": "m"}},
        {**TOLD_JOB, "constraints": {"maxWallClockTime": NO_LIMIT, "maxTaskRetryCount": 5},
         "jobManagerTask": {
             **TASK, "id": "m", "requiredSlots": 1, "userIdentity": ANYBODY, "runExclusive": True,
             "allowLowPriorityNode": True, "killJobOnCompletion": True,
             "constraints": {"maxWallClockTime": NO_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": 5}}}),
    "a time in months": ("job", {**JOB, "constraints": {"maxWallClockTime": "P1279DT12H30M5S"}}, {
        **TOLD_JOB, "constraints": {"maxWallClockTime": "P1279DT12H30M5S", "maxTaskRetryCount": 0}}),
    "the smallest task": ("task", TASK, TOLD_TASK),
    "a task that is kept for ever": ("task", TASK, {
        **TOLD_TASK, "constraints": {"maxWallClockTime": NO_LIMIT, "retentionTime": NO_LIMIT, "maxTaskRetryCount": 0}}),
    "a file that is signed anew": (
        "task",
        {**TASK, "resourceFiles": [{"httpUrl": "https://a/b?sig=1", "filePath": "b", "fileMode": "0750"}]},
        {**TOLD_TASK, "resourceFiles": [{"httpUrl": "https://a/b?sig=2", "filePath": "b", "fileMode": "0750"}]}),
    "a container": ("task", {**TASK, "containerSettings": {"imageName": "busybox"}}, {
        **TOLD_TASK, "containerSettings": {"imageName": "busybox", "workingDirectory": "TaskWorkingDirectory"}}),
}  # fmt: skip


def body_of(kind: str, document: dict[str, Any]) -> Any:
    program = rendered(document)
    made = program.tasks[0] if kind == "task" else program.pool if kind == "pool" else program.job
    assert made is not None
    return made.body


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_the_service_adds_by_itself_is_no_difference(case: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    kind, wanted, told = case
    body = body_of(kind, wanted)
    apart = frozenset({"metadata", "on_all_tasks_complete"}) if "metadata" not in wanted else frozenset[str]()

    assert list(differences(body, told, skip=apart)) == []
    assert list(unset(kind, body, told)) == []


OWNER = {"name": "batchspec:spec", "value": "p"}
LEFT: dict[str, tuple[str, dict[str, Any], str]] = {
    "elevation": ("pool", {**TOLD_POOL, "startTask": {**START, "userIdentity": {
        "autoUser": {"scope": "pool", "elevationLevel": "Admin"}}}}, "start_task"),
    "a subnet": ("pool", {**TOLD_POOL, "networkConfiguration": {"subnetId": "/x"}}, "network_configuration"),
    "packing": ("pool", {**TOLD_POOL, "taskSchedulingPolicy": {"nodeFillType": "Pack"}}, "task_scheduling_policy"),
    "a label": ("pool", {**TOLD_POOL, "metadata": [OWNER, {"name": "a", "value": "1"}]}, "metadata[a]"),
    "a limit of a job": ("job", {**TOLD_JOB, "constraints": {"maxWallClockTime": "PT1H"}},
                         "constraints.max_wall_clock_time"),
    "retries of a job": ("job", {**TOLD_JOB, "constraints": {"maxTaskRetryCount": 3}},
                         "constraints.max_task_retry_count"),
    "a limit of a task": ("task", {**TOLD_TASK, "constraints": {"retentionTime": "P1D"}},
                          "constraints.retention_time"),
    "a user of a task": ("task", {**TOLD_TASK, "userIdentity": {"username": "root"}}, "user_identity"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT.values(), ids=LEFT)
def test_what_the_spec_no_longer_sets_is_told(case: tuple[str, dict[str, Any], str]) -> None:
    kind, told, path = case
    smallest = {"pool": POOL, "job": JOB, "task": TASK}[kind]

    assert [one.path for one in unset(kind, body_of(kind, smallest), told)] == [path]


def test_the_retries_that_a_task_has_of_its_job_are_its_own_by_themselves() -> None:
    told = {**TOLD_TASK, "constraints": {"maxTaskRetryCount": 3}}

    assert list(unset("task", body_of("task", TASK), told, retries=3)) == []
    assert [one.found for one in unset("task", body_of("task", TASK), told)] == [3]
