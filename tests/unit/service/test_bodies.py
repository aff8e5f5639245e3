from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from azure.batch import models

from batchspec.service.bodies import wire

BODIES = {
    "a small task": models.TaskAddParameter(id="a", command_line="/bin/true"),
    "a task with everything": models.TaskAddParameter(
        id="a",
        display_name="ä",
        command_line="/bin/true",
        environment_settings=[
            models.EnvironmentSetting(name="A", value=5),
            models.EnvironmentSetting(name="B", value=""),
        ],
        resource_files=[models.ResourceFile(http_url="http://x", file_path="y", file_mode="0755")],
        output_files=[
            models.OutputFile(
                file_pattern="*",
                destination=models.OutputFileDestination(
                    container=models.OutputFileBlobContainerDestination(container_url="http://c", path="p")
                ),
                upload_options=models.OutputFileUploadOptions(
                    upload_condition=models.OutputFileUploadCondition.task_success
                ),
            )
        ],
        constraints=models.TaskConstraints(
            max_wall_clock_time=timedelta(hours=1, seconds=30.5),
            retention_time=timedelta(0),
            max_task_retry_count=0,
        ),
        required_slots=2,
        user_identity=models.UserIdentity(
            auto_user=models.AutoUserSpecification(scope="task", elevation_level=models.ElevationLevel.admin)
        ),
        depends_on=models.TaskDependencies(task_ids=["b"], task_id_ranges=[models.TaskIdRange(start=1, end=2)]),
        exit_conditions=models.ExitConditions(
            default=models.ExitOptions(dependency_action=models.DependencyAction.satisfy)
        ),
    ),
    "a time": models.JobSchedulePatchParameter(
        schedule=models.Schedule(do_not_run_until=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    ),
    "metadata": models.JobAddParameter(
        id="j",
        pool_info=models.PoolInformation(pool_id="p"),
        metadata=[models.MetadataItem(name="a", value="b")],
        on_all_tasks_complete="noaction",
    ),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_json_is_what_the_sdk_makes(body: models.TaskAddParameter) -> None:
    assert wire(body) == body.serialize()
