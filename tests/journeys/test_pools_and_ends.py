"""Specs without a job, without a pool of their own, without tasks; and what is left when the work has ended."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.journeys.test_first_use import HELLO
from tests.support.command import Folder
from tests.support.control import Control
from tests.support.emulator import running_emulator

POOL = """\
batchspec: v1
name: shared
pool: {id: shared, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}}
"""
WORK = """\
batchspec: v1
name: work
api_version: 2024-02-01.19.0
job: {id: work-1, pool_info: {pool_id: shared}}
tasks: [{id: a, run: echo hello}]
"""


def test_a_pool_alone_is_made_looked_at_and_removed(folder: Folder) -> None:
    folder.write({"pool.yaml": POOL})

    applied = folder.run("apply", "pool.yaml")
    again = folder.run("apply", "pool.yaml", "--json")
    shown = folder.run("status", "pool.yaml")
    destroyed = folder.run("destroy", "pool.yaml")

    assert applied.code == again.code == shown.code == destroyed.code == 0
    assert "pool shared is there; the spec has no job" in applied.stdout
    assert again.report()["verdict"] == "ready"
    assert again.report()["job_id"] is None
    assert "job: the spec has none" in shown.stdout
    assert "pool shared: removed" in destroyed.stdout


@pytest.mark.parametrize("command", ["logs", "download"])
def test_of_a_pool_alone_there_is_nothing_to_show(folder: Folder, command: str) -> None:
    folder.write({"pool.yaml": POOL})

    ran = folder.run(command, "pool.yaml")

    assert ran.code == 2
    assert 'the spec "shared" has no job' in ran.stderr


def test_a_job_runs_on_a_pool_of_another_spec_and_only_the_job_is_removed(folder: Folder) -> None:
    folder.write({"pool.yaml": POOL, "work.yaml": WORK})

    missing = folder.run("apply", "work.yaml")
    folder.run("apply", "pool.yaml")
    applied = folder.run("apply", "work.yaml")
    destroyed = folder.run("destroy", "work.yaml")
    pool = folder.run("status", "pool.yaml", "--json")

    assert missing.code == 4
    assert 'work.yaml:4:40: error[BS605] pool "shared" is not there' in missing.stdout
    assert applied.code == 0
    assert "pool shared: there already" in applied.stdout
    assert "pool shared: kept, this spec only uses it" in destroyed.stdout
    assert pool.events()[-1]["pool"]["state"] == "active"


def test_one_file_holds_a_pool_and_the_jobs_that_share_it(folder: Folder) -> None:
    second = WORK.replace("work", "more")
    folder.write({"all.yaml": f"{POOL}---\n{WORK}---\n{second}"})

    applied = folder.run("apply", "all.yaml")
    logs = folder.run("logs", "all.yaml")
    destroyed = folder.run("destroy", "all.yaml")

    assert applied.code == logs.code == destroyed.code == 0
    assert logs.stdout == "  | hello\n  | hello\n"
    assert "pool shared: removed" in destroyed.stdout


def test_a_job_without_tasks_is_made_and_stays(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.partition("tasks:")[0]})

    ran = folder.run("apply", "hello.yaml")
    shown = folder.run("status", "hello.yaml", "--json")

    assert ran.code == 0
    assert "job hello-1: kept, it has no tasks, and stays active until somebody ends it" in ran.stdout
    assert shown.events()[-1]["job"]["state"] == "active"


@pytest.mark.parametrize("action", ["noaction", "null"])
def test_a_job_that_shall_stay_tells_its_verdict_and_stays(folder: Folder, action: str) -> None:
    folder.write({"hello.yaml": HELLO.replace("{id: hello-1}", f"{{id: hello-1, on_all_tasks_complete: {action}}}")})

    ran = folder.run("apply", "hello.yaml")
    again = folder.run("apply", "hello.yaml")
    shown = folder.run("status", "hello.yaml", "--json")

    assert ran.code == again.code == 0
    assert "hello-1 succeeded: 1 succeeded" in ran.stdout
    assert "job hello-1: kept, it stays active" in ran.stdout
    assert shown.events()[-1]["job"]["state"] == "active"


AUTO = """\
batchspec: v1
name: auto
job:
  id: auto-1
  pool_info:
    auto_pool_specification:
      pool_lifetime_option: job
      pool: {vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}}
tasks: [{id: a, command: /bin/true}]
"""


def test_what_the_local_service_does_not_do_it_refuses_by_name_at_the_job(folder: Folder) -> None:
    folder.write({"spec.yaml": AUTO})

    ran = folder.run("apply", "spec.yaml")

    assert ran.code == 4
    assert "spec.yaml:4:7: error[BS701]" in ran.stdout
    assert "makes no pools of its own" in ran.stdout


@pytest.mark.parametrize(("ends", "code"), [("false", 0), ("true", 5)])
def test_a_job_manager_task_runs_beside_the_tasks_and_may_end_the_job(folder: Folder, ends: str, code: int) -> None:
    manager = f"{{id: m, command: /bin/true, kill_job_on_completion: {ends}}}"
    work = HELLO.replace("{id: hello-1}", f"{{id: hello-1, job_manager_task: {manager}}}")
    folder.write({"spec.yaml": work.replace("run: echo", "run: sleep 60; echo" if code else "run: echo")})

    ran = folder.run("apply", "spec.yaml")

    assert ran.code == code, ran.stdout
    assert ("was ended with its job manager task" in ran.stdout) == (code != 0)


ENDING = HELLO.replace("pool:", "on_finish: {pool: scale_to_zero, job: delete}\npool:", 1)


def nodes_and_job(folder: Folder) -> tuple[int, object]:
    found = folder.run("status", "hello.yaml", "--json").events()[-1]
    return found["pool"]["target_nodes"], found["job"]


@pytest.fixture
def control(folder: Folder) -> Iterator[Control]:
    """The folder's local service with a clock that can be made to jump."""
    with running_emulator(folder.path / ".batchspec/local", control=True) as emulator:
        yield emulator.control


def test_a_pool_is_scaled_to_zero_when_the_work_has_ended_and_has_nodes_again_for_the_next(
    folder: Folder, control: Control
) -> None:
    folder.write({"hello.yaml": ENDING})

    first = folder.run("apply", "hello.yaml")
    left = nodes_and_job(folder)
    control.advance(60.0)  # a formula is taken every 30 seconds only
    second = folder.run("apply", "hello.yaml")

    assert first.code == second.code == 0
    assert "pool hello: resized to 0 nodes" in first.stdout
    assert left == (0, None)
    assert "pool hello: resized to 1 node\n" in second.stdout
    assert "hello-1 succeeded: 1 succeeded" in second.stdout


def test_a_pool_is_deleted_when_tasks_have_failed_and_the_exit_code_tells_of_them(folder: Folder) -> None:
    text = ENDING.replace("{pool: scale_to_zero, job: delete}", "{pool: delete}").replace("run: echo", "run: exit 3 #")
    folder.write({"hello.yaml": text})

    ran = folder.run("apply", "hello.yaml")
    again = folder.run("apply", "hello.yaml")

    assert ran.code == again.code == 5
    assert "pool hello: being deleted" in ran.stdout
    assert "job hello-1: has run before" in again.stdout
    assert "pool hello" not in again.stdout


def test_an_interrupt_does_what_on_finish_asks_for(folder: Folder) -> None:
    folder.write({"hello.yaml": ENDING.replace("run: echo", "run: sleep 30; echo")})

    with folder.start("apply", "hello.yaml", PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if line.startswith("task hello: running"):
                process.send_signal(signal.SIGINT)
        code = process.wait()

    assert code == 130
    assert "job hello-1: being deleted" in told
    assert "stopped watching; job hello-1 is deleted, as on_finish says" in told
    assert nodes_and_job(folder)[0] == 0


KEPT = "its nodes go by themselves when no task waits or runs"


def test_an_interrupt_leaves_the_nodes_to_a_job_that_goes_on_and_they_go_after_it(
    folder: Folder, control: Control
) -> None:
    folder.write({"hello.yaml": ENDING.replace(", job: delete", "").replace("run: echo", "run: sleep 5; echo")})

    with folder.start("apply", "hello.yaml", PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if line.startswith("task hello: running"):
                process.send_signal(signal.SIGINT)
        code = process.wait()
    goes_on = nodes_and_job(folder)[0]
    waited = folder.run("apply", "hello.yaml", "--no-wait")

    assert code == 130
    assert f"pool hello: kept, the job goes on; {KEPT}" in told
    assert goes_on == 1
    assert waited.code == 0
    until_no_nodes(folder, control)


def test_nodes_go_when_nobody_has_watched_and_the_job_has_ended(folder: Folder, control: Control) -> None:
    folder.write({"hello.yaml": ENDING})

    ran = folder.run("apply", "hello.yaml", "--no-wait")

    assert ran.code == 0
    assert f"pool hello: kept, nobody waits for the job; {KEPT}" in ran.stdout
    until_no_nodes(folder, control)


def test_a_lifetime_ends_a_pool_that_is_kept(folder: Folder, control: Control) -> None:
    folder.write({"hello.yaml": HELLO.replace("nodes: {dedicated: 1}", "nodes: {dedicated: 1}, lifetime: 8h")})

    first = folder.run("apply", "hello.yaml")
    control.advance(7 * 3600.0)
    within = nodes_and_job(folder)[0]
    control.advance(3900.0)

    assert first.code == 0
    assert within == 1
    until_no_nodes(folder, control)


def until_no_nodes(folder: Folder, control: Control) -> None:
    """Half an hour for each look: a task that runs takes real seconds."""
    deadline = time.monotonic() + 30.0
    while nodes_and_job(folder)[0]:
        assert time.monotonic() < deadline, "the pool still has nodes"
        control.advance(1800.0)


def test_when_our_own_patience_ends_the_job_and_its_pool_are_left(folder: Folder) -> None:
    folder.write({"hello.yaml": ENDING.replace("run: echo", "run: sleep 20; echo")})

    ran = folder.run("apply", "hello.yaml", "--timeout", "1s")

    assert ran.code == 6
    assert f"pool hello: kept, the job goes on; {KEPT}" in ran.stdout
    assert 'job hello-1: kept, the job goes on, and the next apply after its end or "batchspec destroy" deletes it' in (
        ran.stdout
    )
    assert nodes_and_job(folder)[0] == 1


def test_a_job_that_has_completed_does_not_hide_its_pool(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO})
    assert folder.run("apply", "hello.yaml").code == 0
    folder.write({"hello.yaml": HELLO.replace("dedicated: 1", "dedicated: 2")})

    more = folder.run("plan", "hello.yaml", "--exit-code")
    resized = folder.run("apply", "hello.yaml")
    same = folder.run("plan", "hello.yaml", "--exit-code")
    folder.write({"hello.yaml": HELLO.replace("pool:", "on_finish: {pool: delete}\npool:", 1)})
    gone = folder.run("plan", "hello.yaml", "--exit-code")
    deleted = folder.run("apply", "hello.yaml")
    after = folder.run("plan", "hello.yaml", "--exit-code")

    assert (more.code, resized.code, same.code, gone.code, deleted.code, after.code) == (3, 0, 0, 3, 0, 0)
    assert "nodes.dedicated: 1 -> 2" in more.stdout
    assert "pool hello: resized to 2 nodes" in resized.stdout
    assert "- delete pool hello" in gone.stdout
    assert "on_finish says so, and the job has ended" in gone.stdout
    assert "pool hello: being deleted" in deleted.stdout


def interrupted(folder: Folder, at: str, *more: str) -> tuple[int, str]:
    """An apply that is stopped when it has told a line that begins so; its exit code, and all that it told."""
    told = ""
    with folder.start("apply", "hello.yaml", *more, PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        for line in process.stdout:
            told += line
            if line.startswith(at):
                process.send_signal(signal.SIGINT)
        return process.wait(), told


LONG = HELLO.replace("run: echo", "run: while [ ! -e %s/go ]; do sleep 0.1; done; echo")


def test_an_interrupt_while_the_pool_drains_says_that_the_job_is_paused_and_apply_goes_on(folder: Folder) -> None:
    spec = LONG % folder.path
    folder.write({"hello.yaml": spec})
    interrupted(folder, "task hello: running")
    folder.write({"hello.yaml": spec.replace("Standard_A1_v2", "Standard_A2_v2")})

    code, told = interrupted(folder, "job hello-1: paused", "--yes")
    folder.write({"hello.yaml": spec})
    planned = folder.run("plan", "hello.yaml", "--exit-code")
    folder.write({"go": ""})
    applied = folder.run("apply", "hello.yaml")
    after = folder.run("plan", "hello.yaml", "--exit-code")

    assert code == 130
    assert "stopped watching; job hello-1 is paused, and starts no task until the same command has gone on" in told
    assert (planned.code, applied.code, after.code) == (3, 0, 0)
    assert "it is paused for another pool by an apply that has not finished, and is enabled" in planned.stdout


def test_an_interrupt_of_a_replaced_job_says_nothing_of_on_finish(folder: Folder) -> None:
    spec = LONG % folder.path
    folder.write({"hello.yaml": spec})
    interrupted(folder, "task hello: running")
    folder.write({"hello.yaml": spec.replace("; echo", "; sleep 0; echo")})

    code, told = interrupted(folder, "task hello: running", "--yes")

    assert code == 130
    assert "paused" not in told
    assert "stopped watching; job hello-1 goes on" in told


def test_another_run_is_refused_while_the_job_goes_on(folder: Folder) -> None:
    spec = LONG % folder.path
    folder.write({"hello.yaml": spec})
    interrupted(folder, "task hello: running")
    folder.write({"hello.yaml": spec.replace("; echo", "; sleep 0; echo")})

    ran = folder.run("apply", "hello.yaml", "--rerun", "--yes")

    assert ran.code == 2
    assert 'job "hello-1" has not ended' in ran.stderr
    assert folder.run("status", "hello.yaml", "--json").events()[-1]["job"]["state"] == "active"


def test_a_mended_start_task_reaches_the_nodes_where_it_had_failed(folder: Folder) -> None:
    text = HELLO.replace("nodes: {dedicated: 1}", "nodes: {dedicated: 1}, start_task: {run: exit 9}")
    folder.write({"hello.yaml": text})
    failed = folder.run("apply", "hello.yaml")
    folder.write({"hello.yaml": text.replace("exit 9", "exit 0").replace("hello-1", "hello-2")})

    planned = folder.run("plan", "hello.yaml")
    mended = folder.run("apply", "hello.yaml")

    assert failed.code == 5
    assert "1 node whose start task failed is rebooted" in planned.stdout
    assert mended.code == 0, mended.stdout
    assert "hello-2 succeeded" in mended.stdout
