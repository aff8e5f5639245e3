"""What the service says of a field that nobody has set.

Defaults from the REST reference (https://learn.microsoft.com/rest/api/batchservice); where a recorded answer of the
service says otherwise than the reference, both are here. A field that is not here is false, 0, or absent.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

CHOSEN: Final = object()  # what the service, the image or our own compiler chooses: never a reason to change anything

NO_LIMIT = "P10675199DT2H48M5.4775807S"  # how the service writes that there is none

# By MODEL.ATTRIBUTE or ATTRIBUTE; a tuple: any of them.
_USUAL: dict[str, Any] = {
    "max_wall_clock_time": NO_LIMIT,
    "JobReleaseTask.max_wall_clock_time": "PT15M",
    "retention_time": ("P7D", NO_LIMIT),
    "max_parallel_tasks": -1,
    "on_all_tasks_complete": "noaction",
    "on_task_failure": "noaction",
    "uses_task_dependencies": CHOSEN,  # a job that has tasks with dependencies may have lost them since
    "required_slots": 1,
    "task_slots_per_node": 1,
    "number_of_instances": 1,
    "node_fill_type": "spread",
    "job_default_order": "none",
    "target_node_communication_mode": "default",
    "wait_for_success": True,
    "rerun_on_node_reboot_after_success": True,
    "kill_job_on_completion": True,
    "run_exclusive": True,
    "allow_low_priority_node": True,
    "JobPreparationTask.id": "jobpreparation",
    "JobReleaseTask.id": "jobrelease",
    "scope": "pool",
    "elevation_level": "nonadmin",
    "working_directory": "taskWorkingDirectory",
    "ImageReference.version": "latest",
    "registry_server": "docker.io",
    "enable_automatic_updates": True,
    "login_mode": ("batch", "interactive"),
    "provision": "batchmanaged",
    "dynamic_vnet_assignment_scope": "none",
    "ip_families": CHOSEN,
    "source_port_ranges": CHOSEN,
    "NodePlacementConfiguration.policy": "regional",
    "UpgradePolicy.mode": "manual",
    "automatic_os_upgrade_policy": CHOSEN,
    "rolling_upgrade_policy": CHOSEN,
    "max_batch_instance_percent": CHOSEN,
    "max_unhealthy_instance_percent": CHOSEN,
    "max_unhealthy_upgraded_instance_percent": CHOSEN,
    "pause_time_between_batches": CHOSEN,
    "caching": CHOSEN,
    "disk_size_gb": CHOSEN,
    "storage_account_type": CHOSEN,
    "security_type": CHOSEN,
    "file_mode": CHOSEN,
    "ExitOptions.job_action": "none",
    "dependency_action": CHOSEN,
    "resize_timeout": "PT15M",
    "auto_scale_evaluation_interval": "PT15M",
}

# What a patch says to take a field back. Other fields cannot be taken back by one: null is not documented to do so.
RESET: dict[str, dict[str, Any]] = {
    "pool": {
        "display_name": "",
        "task_slots_per_node": 1,
        "enable_inter_node_communication": False,
        "task_scheduling_policy": {"nodeFillType": "spread"},
        "target_node_communication_mode": "default",
    },
    "job": {
        "priority": 0,
        "max_parallel_tasks": -1,
        "allow_task_preemption": False,
        "constraints": {"maxWallClockTime": NO_LIMIT, "maxTaskRetryCount": 0},
    },
    "job_schedule": {"schedule": {}},
    "task": {"constraints": {}},
}


@cache
def usual(model: str, attribute: str) -> Any:
    """What a field is by itself; None: false, 0, or absent."""
    return _USUAL.get(f"{model}.{attribute}", _USUAL.get(attribute))
