"""Every operation of the official document, one row each; a row without a handler answers 501 by name.

`query` lists what a row understands beside api-version and timeout, in lower case; `body` names its
schema, and "?" behind the name says that the body may be absent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.handlers import account, autoscale, empty, files, jobs, nodes, pools, schedules, tasks
from batchspec.emulator.wire.answer import Answer
from batchspec.emulator.wire.versions import V2024, V2025, VERSIONS

Handler = Callable[[Call], Answer]

GET = ("$select", "$expand")
PAGE = ("maxresults", "$skiptoken")
LIST = (*PAGE, "$filter")
LIST_SELECT = (*LIST, "$select")
LIST_EXPAND = (*LIST_SELECT, "$expand")
FILE_LIST = (*LIST, "recursive")


@dataclass(frozen=True)
class Operation:
    """One row: the document's name and path, and what serves it."""

    name: str
    method: str
    path: str
    handler: Handler | None = None
    query: tuple[str, ...] = ()
    body: str = ""
    versions: tuple[str, ...] = VERSIONS
    """The API versions that have it."""


def _row(
    name: str,
    route: str,
    handler: Handler | None = None,
    *query: str,
    body: str = "",
    versions: tuple[str, ...] = VERSIONS,
) -> Operation:
    method, path = route.split()
    return Operation(name, method, path, handler, query, body, versions)


_JOB, _TASK = "/jobs/{jobId}", "/jobs/{jobId}/tasks/{taskId}"
_POOL, _NODE = "/pools/{poolId}", "/pools/{poolId}/nodes/{nodeId}"
_SCHEDULE = "/jobschedules/{jobScheduleId}"
_OLD = (V2024,)
_CERTIFICATE = "/certificates(thumbprintAlgorithm={thumbprintAlgorithm},thumbprint={thumbprint})"

OPERATIONS: tuple[Operation, ...] = (
    # account
    _row("Account_ListSupportedImages", "GET /supportedimages", account.list_supported_images, *LIST),
    _row("Account_ListPoolNodeCounts", "GET /nodecounts", account.list_pool_node_counts, *LIST),
    # pools
    _row("Pool_Add", "POST /pools", pools.add, body="PoolAddParameter"),
    _row("Pool_List", "GET /pools", pools.list_pools, *LIST_EXPAND),
    _row("Pool_Get", f"GET {_POOL}", pools.get, *GET),
    _row("Pool_Exists", f"HEAD {_POOL}", pools.exists),
    _row("Pool_Delete", f"DELETE {_POOL}", pools.delete),
    _row("Pool_Patch", f"PATCH {_POOL}", pools.patch, body="PoolPatchParameter"),
    _row(
        "Pool_UpdateProperties",
        f"POST {_POOL}/updateproperties",
        pools.update_properties,
        body="PoolUpdatePropertiesParameter",
    ),
    _row("Pool_Resize", f"POST {_POOL}/resize", pools.resize, body="PoolResizeParameter"),
    _row("Pool_StopResize", f"POST {_POOL}/stopresize", pools.stop_resize),
    _row("Pool_RemoveNodes", f"POST {_POOL}/removenodes", pools.remove_nodes, body="NodeRemoveParameter"),
    _row(
        "Pool_EnableAutoScale",
        f"POST {_POOL}/enableautoscale",
        autoscale.enable,
        body="PoolEnableAutoScaleParameter",
    ),
    _row("Pool_DisableAutoScale", f"POST {_POOL}/disableautoscale", autoscale.disable),
    _row(
        "Pool_EvaluateAutoScale",
        f"POST {_POOL}/evaluateautoscale",
        autoscale.evaluate,
        body="PoolEvaluateAutoScaleParameter",
    ),
    _row(
        "Pool_ListUsageMetrics",
        "GET /poolusagemetrics",
        empty.empty_list("poolusagemetrics"),
        *LIST,
        "starttime",
        "endtime",
    ),
    # nodes
    _row("ComputeNode_List", f"GET {_POOL}/nodes", nodes.list_nodes, *LIST_SELECT),
    _row("ComputeNode_Get", f"GET {_NODE}", nodes.get, "$select"),
    _row("ComputeNode_Reboot", f"POST {_NODE}/reboot", nodes.reboot, body="NodeRebootParameter?"),
    _row("ComputeNode_Reimage", f"POST {_NODE}/reimage", nodes.reimage, body="NodeReimageParameter?"),
    _row("ComputeNode_Start", f"POST {_NODE}/start", versions=(V2025,)),
    _row("ComputeNode_Deallocate", f"POST {_NODE}/deallocate", versions=(V2025,)),
    _row("ComputeNode_DisableScheduling", f"POST {_NODE}/disablescheduling"),
    _row("ComputeNode_EnableScheduling", f"POST {_NODE}/enablescheduling"),
    _row("ComputeNode_AddUser", f"POST {_NODE}/users"),
    _row("ComputeNode_UpdateUser", f"PUT {_NODE}/users/{{userName}}"),
    _row("ComputeNode_DeleteUser", f"DELETE {_NODE}/users/{{userName}}"),
    _row("ComputeNode_GetRemoteLoginSettings", f"GET {_NODE}/remoteloginsettings"),
    _row("ComputeNode_GetRemoteDesktop", f"GET {_NODE}/rdp", versions=_OLD),
    _row("ComputeNode_UploadBatchServiceLogs", f"POST {_NODE}/uploadbatchservicelogs"),
    _row("ComputeNodeExtension_List", f"GET {_NODE}/extensions"),
    _row("ComputeNodeExtension_Get", f"GET {_NODE}/extensions/{{extensionName}}"),
    # jobs
    _row("Job_Add", "POST /jobs", jobs.add, body="JobAddParameter"),
    _row("Job_List", "GET /jobs", jobs.list_jobs, *LIST_EXPAND),
    _row("Job_Get", f"GET {_JOB}", jobs.get, *GET),
    _row("Job_Delete", f"DELETE {_JOB}", jobs.delete, "force"),
    _row("Job_Patch", f"PATCH {_JOB}", jobs.patch, body="JobPatchParameter"),
    _row("Job_Update", f"PUT {_JOB}", jobs.update, body="JobUpdateParameter"),
    _row("Job_Disable", f"POST {_JOB}/disable", jobs.disable, body="JobDisableParameter"),
    _row("Job_Enable", f"POST {_JOB}/enable", jobs.enable),
    _row("Job_Terminate", f"POST {_JOB}/terminate", jobs.terminate, "force", body="JobTerminateParameter?"),
    _row("Job_GetTaskCounts", f"GET {_JOB}/taskcounts", jobs.task_counts),
    _row(
        "Job_ListPreparationAndReleaseTaskStatus",
        f"GET {_JOB}/jobpreparationandreleasetaskstatus",
        jobs.list_preparation_and_release,
        *LIST_SELECT,
    ),
    # tasks
    _row("Task_Add", f"POST {_JOB}/tasks", tasks.add, body="TaskAddParameter"),
    _row(
        "Task_AddCollection",
        f"POST {_JOB}/addtaskcollection",
        tasks.add_collection,
        body="TaskAddCollectionParameter",
    ),
    _row("Task_List", f"GET {_JOB}/tasks", tasks.list_tasks, *LIST_EXPAND),
    _row("Task_Get", f"GET {_TASK}", tasks.get, *GET),
    _row("Task_Update", f"PUT {_TASK}", tasks.update, body="TaskUpdateParameter"),
    _row("Task_Delete", f"DELETE {_TASK}", tasks.delete),
    _row("Task_Terminate", f"POST {_TASK}/terminate", tasks.terminate),
    _row("Task_Reactivate", f"POST {_TASK}/reactivate", tasks.reactivate),
    _row("Task_ListSubtasks", f"GET {_TASK}/subtasksinfo", tasks.list_subtasks, "$select"),
    # files
    _row("File_ListFromTask", f"GET {_TASK}/files", files.list_all(files.of_task), *FILE_LIST),
    _row("File_GetFromTask", f"GET {_TASK}/files/{{filePath}}", files.get(files.of_task)),
    _row("File_GetPropertiesFromTask", f"HEAD {_TASK}/files/{{filePath}}", files.properties(files.of_task)),
    _row("File_DeleteFromTask", f"DELETE {_TASK}/files/{{filePath}}", files.delete(files.of_task), "recursive"),
    _row("File_ListFromComputeNode", f"GET {_NODE}/files", files.list_all(files.of_node), *FILE_LIST),
    _row("File_GetFromComputeNode", f"GET {_NODE}/files/{{filePath}}", files.get(files.of_node)),
    _row(
        "File_GetPropertiesFromComputeNode",
        f"HEAD {_NODE}/files/{{filePath}}",
        files.properties(files.of_node),
    ),
    _row(
        "File_DeleteFromComputeNode",
        f"DELETE {_NODE}/files/{{filePath}}",
        files.delete(files.of_node),
        "recursive",
    ),
    # job schedules
    _row("JobSchedule_Add", "POST /jobschedules", schedules.add, body="JobScheduleAddParameter"),
    _row("JobSchedule_List", "GET /jobschedules", schedules.list_schedules, *LIST_EXPAND),
    _row("JobSchedule_Exists", f"HEAD {_SCHEDULE}", schedules.exists),
    _row("JobSchedule_Get", f"GET {_SCHEDULE}", schedules.get, *GET),
    _row("JobSchedule_Delete", f"DELETE {_SCHEDULE}", schedules.delete, "force"),
    _row("JobSchedule_Patch", f"PATCH {_SCHEDULE}", schedules.patch, body="JobSchedulePatchParameter"),
    _row("JobSchedule_Update", f"PUT {_SCHEDULE}", schedules.update, body="JobScheduleUpdateParameter"),
    _row("JobSchedule_Disable", f"POST {_SCHEDULE}/disable", schedules.disable),
    _row("JobSchedule_Enable", f"POST {_SCHEDULE}/enable", schedules.enable),
    _row("JobSchedule_Terminate", f"POST {_SCHEDULE}/terminate", schedules.terminate, "force"),
    _row("Job_ListFromJobSchedule", f"GET {_SCHEDULE}/jobs", schedules.list_jobs, *LIST_EXPAND),
    # applications and certificates
    _row("Application_List", "GET /applications", empty.empty_list("listapplicationsummariesresponses"), *PAGE),
    _row("Application_Get", "GET /applications/{applicationId}", empty.absent("ApplicationNotFound")),
    _row("Certificate_Add", "POST /certificates", versions=_OLD),
    _row("Certificate_List", "GET /certificates", empty.empty_list("certificates"), *LIST_SELECT, versions=_OLD),
    _row("Certificate_Get", f"GET {_CERTIFICATE}", empty.absent("CertificateNotFound"), "$select", versions=_OLD),
    _row("Certificate_Delete", f"DELETE {_CERTIFICATE}", versions=_OLD),
    _row("Certificate_CancelDeletion", f"POST {_CERTIFICATE}/canceldelete", versions=_OLD),
)
