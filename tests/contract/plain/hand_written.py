"""The program that batchspec replaces: hand-written SDK calls that make a pool, a job and tasks, upload files, wait
and print the output. It shares no code with batchspec, and reads the account from the environment, as
`batchspec emulator serve` prints it.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import (
    CloudTask,
    ComputeNodeFillType,
    ImageReference,
    JobAddParameter,
    JobPatchParameter,
    OnAllTasksComplete,
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadOptions,
    PoolAddParameter,
    PoolInformation,
    ResourceFile,
    StartTask,
    TaskAddParameter,
    TaskDependencies,
    TaskSchedulingPolicy,
    TaskState,
    VirtualMachineConfiguration,
)
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_blob_sas, generate_container_sas

POOL, JOB, CONTAINER = "by-hand", "by-hand-1", "byhand"


def main(text: Path) -> None:
    """Count the words of a text in one task, and report on them in another."""
    storage = BlobServiceClient.from_connection_string(os.environ["AZURE_STORAGE_CONNECTION_STRING"])
    account, key = str(storage.account_name), storage.credential.account_key
    expiry = datetime.now(timezone.utc) + timedelta(hours=1)
    container = storage.create_container(CONTAINER)
    container.upload_blob("text.txt", text.read_bytes())
    read = generate_blob_sas(account, CONTAINER, "text.txt", account_key=key, permission="r", expiry=expiry)
    write = generate_container_sas(
        account, CONTAINER, account_key=key, permission=ContainerSasPermissions(write=True, create=True), expiry=expiry
    )
    credentials = SharedKeyCredentials(os.environ["AZURE_BATCH_ACCOUNT_NAME"], os.environ["AZURE_BATCH_ACCOUNT_KEY"])
    batch = BatchServiceClient(credentials, batch_url=os.environ["AZURE_BATCH_ACCOUNT_URL"])
    batch.pool.add(
        PoolAddParameter(
            id=POOL,
            vm_size="Standard_A1_v2",
            virtual_machine_configuration=VirtualMachineConfiguration(
                image_reference=ImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server"),
                node_agent_sku_id="batch.node.ubuntu 24.04",
            ),
            target_dedicated_nodes=1,
            task_slots_per_node=2,
            task_scheduling_policy=TaskSchedulingPolicy(node_fill_type=ComputeNodeFillType.pack),
            start_task=StartTask(command_line="/bin/sh -c 'echo ready'", wait_for_success=True),
        )
    )
    batch.job.add(JobAddParameter(id=JOB, pool_info=PoolInformation(pool_id=POOL), uses_task_dependencies=True))
    output = OutputFile(
        file_pattern="count.txt",
        destination=OutputFileDestination(
            container=OutputFileBlobContainerDestination(container_url=f"{container.url}?{write}", path="count.txt")
        ),
        upload_options=OutputFileUploadOptions(upload_condition="taskSuccess"),
    )
    count = TaskAddParameter(
        id="count",
        command_line="/bin/sh -c 'wc -w < text.txt > count.txt; cat count.txt'",
        resource_files=[ResourceFile(http_url=f"{container.url}/text.txt?{read}", file_path="text.txt")],
        output_files=[output],
    )
    report = TaskAddParameter(
        id="report",
        command_line="/bin/sh -c 'echo task $AZ_BATCH_TASK_ID of job $AZ_BATCH_JOB_ID'",
        depends_on=TaskDependencies(task_ids=["count"]),
    )
    batch.task.add_collection(JOB, [count, report])
    batch.job.patch(JOB, JobPatchParameter(on_all_tasks_complete=OnAllTasksComplete.terminate_job))
    for task in wait(batch):
        stdout = b"".join(batch.file.get_from_task(JOB, task.id, "stdout.txt")).decode()
        print(f"{task.id}: exit code {task.execution_info.exit_code}: {stdout.strip()}")
    print(f"stored: {container.download_blob('count.txt').readall().decode().strip()}")
    batch.job.delete(JOB)
    batch.pool.delete(POOL)


def wait(batch: BatchServiceClient) -> list[CloudTask]:
    """The tasks, once all have completed."""
    deadline = time.monotonic() + 50
    while time.monotonic() < deadline:
        tasks = list(batch.task.list(JOB))
        if all(task.state == TaskState.completed for task in tasks):
            return tasks
        time.sleep(0.1)
    sys.exit("the tasks did not complete")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
