"""Schedules whose jobs run: one after the other, every minute, and after a restart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from azure.batch import BatchServiceClient, models

from batchspec.emulator.clock import Clock
from tests.contract.batch.conftest import running_emulator
from tests.contract.batch.support import connect, pool_spec, schedule_spec, script, specification, task_spec, unique
from tests.support import emulator as processes
from tests.support.waiting import until

MINUTE = timedelta(minutes=1)
RATE = 60.0


def test_a_schedule_without_recurrence_is_completed_with_its_one_job(client: BatchServiceClient, pool_id: str) -> None:
    name = unique("schedule")
    manager = models.JobManagerTask(id="m", command_line=script("echo $AZ_BATCH_JOB_ID"))
    client.job_schedule.add(schedule_spec(name, specification(pool_id, job_manager_task=manager)))

    until(lambda: client.job_schedule.get(name).state == "completed")
    found = client.job_schedule.get(name)

    out = b"".join(client.file.get_from_task(f"{name}:job-1", "m", "stdout.txt"))
    task = client.task.get(f"{name}:job-1", "m")
    assert (found.execution_info.recent_job.id, out) == (f"{name}:job-1", f"{name}:job-1\n".encode())
    assert task.node_info.task_root_directory == f"workitems/{name}/job-1/m"
    assert client.job.get(f"{name}:job-1").execution_info.terminate_reason == "JMComplete"


def test_a_schedule_goes_on_after_a_restart(tmp_path: Path) -> None:
    with running_emulator(tmp_path, Clock(rate=RATE)) as target:
        client = connect(target)
        client.job_schedule.add(schedule_spec("s", recurrence_interval=MINUTE))
        before = client.job_schedule.get("s")
        client.job.terminate("s:job-1")
        client.close()

    with running_emulator(tmp_path, Clock(rate=RATE)) as target:
        client = connect(target)
        job = until(lambda: client.job_schedule.get("s").execution_info.recent_job.id == "s:job-2" and "s:job-2")
        after = client.job_schedule.get("s")
        made = client.job.get(job)
        client.close()

    assert (after.creation_time, after.schedule.recurrence_interval) == (before.creation_time, MINUTE)
    assert after.e_tag == before.e_tag
    assert made.creation_time >= before.creation_time + MINUTE


def test_every_minute_a_job_with_its_manager_really_runs(tmp_path: Path) -> None:
    with processes.running_emulator(tmp_path / "emulator", clock_rate=RATE) as emulator, emulator.batch() as client:
        client.pool.add(pool_spec("p", target_dedicated_nodes=1))
        manager = models.JobManagerTask(id="m", command_line=script("echo made by $AZ_BATCH_JOB_ID"))
        client.job_schedule.add(
            schedule_spec("s", specification("p", job_manager_task=manager), recurrence_interval=MINUTE)
        )

        until(lambda: sum(job.state == "completed" for job in client.job.list_from_job_schedule("s")) >= 2)

        first, second, *_ = client.job.list_from_job_schedule("s")
        said = [b"".join(client.file.get_from_task(job.id, "m", "stdout.txt")) for job in (first, second)]
        client.job_schedule.delete("s")

    assert said == [b"made by s:job-1\n", b"made by s:job-2\n"]
    assert {job.execution_info.terminate_reason for job in (first, second)} == {"JMComplete"}
    assert second.creation_time - first.creation_time >= MINUTE


def test_the_job_that_is_due_waits_for_the_one_before_it(tmp_path: Path) -> None:
    with running_emulator(tmp_path, Clock(rate=RATE)) as target:
        client = connect(target)
        client.job_schedule.add(schedule_spec("s", recurrence_interval=MINUTE))
        client.task.add("s:job-1", task_spec("waits"))
        due = client.job_schedule.get("s").execution_info.next_run_time
        until(lambda: client.job_schedule.get("s").execution_info.next_run_time > due)
        still = [job.id for job in client.job.list_from_job_schedule("s")]

        client.job.terminate("s:job-1")
        until(lambda: client.job_schedule.get("s").execution_info.recent_job.id == "s:job-2")
        client.close()

    assert still == ["s:job-1"]
