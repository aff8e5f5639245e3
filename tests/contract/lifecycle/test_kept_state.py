"""What outlives the process: a state, and the tasks that ran."""

from __future__ import annotations

from pathlib import Path

from tests.contract.batch.support import job_spec, pool_spec, task_spec
from tests.contract.lifecycle.support import prepare
from tests.support.emulator import running_emulator
from tests.support.waiting import until


def test_a_service_that_was_killed_comes_back_as_it_was(root: Path) -> None:
    with running_emulator(root) as first:
        with first.batch() as batch, first.blobs() as blobs:
            batch.pool.add(pool_spec("p"))
            batch.job.add(job_spec("j", "p"))
            blobs.create_container("kept").upload_blob("x", b"kept")
        first.process.kill()
        first.process.wait()

    with running_emulator(root) as second, second.batch() as batch, second.blobs() as blobs:
        assert second.variables == first.variables
        assert batch.job.get("j").id == "j"
        assert blobs.get_blob_client("kept", "x").download_blob().readall() == b"kept"


def test_what_ran_when_it_was_stopped_runs_again(root: Path, tmp_path: Path) -> None:
    witness, gate = tmp_path / "running", tmp_path / "gate"
    with running_emulator(root) as emulator, emulator.batch() as batch:
        prepare(batch)
        script = f"touch {witness}; until test -e {gate}; do sleep 0.05; done"
        batch.task.add("j", task_spec("t", f'/bin/bash -c "{script}"'))
        until(witness.exists)
    gate.touch()

    with running_emulator(root) as emulator, emulator.batch() as batch:
        until(lambda: batch.task.get("j", "t").state == "completed")
        info = batch.task.get("j", "t").execution_info

    assert (info.exit_code, info.requeue_count) == (0, 1)
