"""What a task leaves behind ends with it, and not before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch.models import TaskConstraints

from tests.contract.batch.support import task_spec
from tests.contract.lifecycle.support import children, prepare
from tests.support.emulator import Emulator
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("script", "limit"),
    [
        ("setsid sleep 100 & sleep 0.1", None),
        # the daemon's parent is no leader: it comes to us only when that, too, has been ended
        ("(setsid sleep 100 & exec cat <> fifo) & sleep 0.1", None),
        ("setsid sleep 100 & exec cat <> fifo", timedelta(seconds=1)),
        ("setsid env -i sleep 100 & sleep 0.1", None),
    ],
    ids=["a daemon", "a daemon of a child", "a time limit", "a daemon that hides"],
)
def test_a_task_that_ended_leaves_no_process_not_even_a_daemon(
    emulator: Emulator, script: str, limit: timedelta | None
) -> None:
    with emulator.batch() as batch:
        prepare(batch)
        constraints = TaskConstraints(max_wall_clock_time=limit)
        command = f"/bin/bash -c 'mkfifo fifo; {script}'"
        batch.task.add("j", task_spec("t", command, constraints=constraints))
        until(lambda: batch.task.get("j", "t").state == "completed")

        until(lambda: children(emulator.process.pid) == [])


def test_a_daemon_lives_as_long_as_its_own_task(emulator: Emulator, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with emulator.batch() as batch:
        prepare(batch, nodes=2)
        served = f"(setsid sleep 100 &); until test -e {gate}; do sleep 0.02; done"
        batch.task.add("j", task_spec("server", f'/bin/bash -c "{served}"'))
        until(lambda: len(children(emulator.process.pid)) == 2)  # the task, and its daemon, which has come to us

        batch.task.add("j", task_spec("other", "/bin/true"))
        until(lambda: batch.task.get("j", "other").state == "completed")
        kept = len(children(emulator.process.pid))
        gate.touch()

        assert kept == 2
        until(lambda: children(emulator.process.pid) == [])
