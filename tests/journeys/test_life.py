"""What becomes of work after its apply: cancelled, tried again, exported, swept away."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.test_first_use import HELLO
from tests.support.command import Folder, Ran

GRAPH = """\
batchspec: v1
name: life
storage: {container: things}
pool: {id: life, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 4}
job: {id: life-1, timeout: 1h}
tasks:
  - id: long-${{ matrix.n }}
    name: long
    matrix: {n: {range: 2}}
    run: sleep 600
  - {id: other, run: sleep 600}
  - {id: after, run: echo after, depends_on: [long-0]}
"""
PATIENCE = 30.0  # seconds


def until(look: Callable[[], Any], wanted: object) -> None:
    """Wait for what the service does by itself."""
    end = time.monotonic() + PATIENCE
    while (found := look()) != wanted:
        assert time.monotonic() < end, f"{found} is not {wanted}"
        time.sleep(0.1)


def status(folder: Folder, spec: str = "life.yaml") -> dict[str, Any]:
    found = folder.run("status", spec, "--json")
    return found.events()[-1]


def running(folder: Folder, spec: str = "life.yaml") -> int:
    return int(status(folder, spec)["counts"]["running"])


def job_state(folder: Folder) -> str:
    return str(status(folder)["job"]["state"])


@pytest.fixture
def busy(folder: Folder) -> Folder:
    """A folder in which three tasks run for long, and one waits for the first of them."""
    folder.write({"life.yaml": GRAPH})
    assert folder.run("apply", "life.yaml", "--no-wait").code == 0
    until(lambda: running(folder), 3)
    return folder


def test_tasks_and_groups_are_cancelled_and_what_waits_for_them_is_told(busy: Folder) -> None:
    refused = busy.run("cancel", "life.yaml", "long")
    one = busy.run("cancel", "life.yaml", "long-1")
    whole = busy.run("cancel", "life.yaml")
    still = running(busy)
    typo = busy.run("cancel", "life.yaml", "lnog", "--yes")
    done = busy.run("cancel", "life.yaml", "long", "--yes")
    again = busy.run("cancel", "life.yaml", "long")

    assert (refused.code, still) == (2, 3)
    assert "end 2 tasks (long-0, long-1) of job life-1 (2 tasks running)?" in refused.stderr
    assert "end task long-1 of job life-1?" in one.stderr
    assert "end job life-1 (3 tasks running)?" in whole.stderr
    assert (typo.code, 'did you mean "long"?' in typo.stderr) == (2, True)
    assert (done.code, again.code) == (0, 0)
    assert "ended; 2 ran, 0 waited" in done.stdout
    assert "task after waited for that, and can never run" in done.stdout
    assert "task long-0: kept, it had ended before" in again.stdout
    until(lambda: running(busy), 1)


def test_who_turns_away_is_told_how_to_come_back_and_how_to_end_it(busy: Folder) -> None:
    told = ""
    with busy.start("apply", "life.yaml", "--results", "there", PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        for line in process.stdout:
            told += line
            if line.startswith("task other: running"):
                process.send_signal(signal.SIGINT)
        code = process.wait()

    assert code == 130
    assert told.endswith(
        "stopped watching; job life-1 goes on\n"
        "  come back with: batchspec apply life.yaml --results there\n"
        "  end it with:    batchspec cancel life.yaml\n"
    )


def test_a_cancelled_job_completes_and_is_cancelled_only_once(busy: Folder) -> None:
    done = busy.run("cancel", "life.yaml", "--yes", "--json")
    until(lambda: job_state(busy), "completed")
    again = busy.run("cancel", "life.yaml")
    late = busy.run("retry", "life.yaml", "--failed")
    unasked = busy.run("retry", "life.yaml")

    (event,) = (one for one in done.events() if one["event"] == "cancelled")
    assert (event["name"], event["running"], event["waiting"]) == ("life-1", 3, 1)
    assert status(busy)["job"]["terminate_reason"] == "Cancelled"
    assert (again.code, "job life-1: kept, it had ended before" in again.stdout) == (0, True)
    assert late.code == unasked.code == 2
    assert 'job "life-1" has ended, and such a run can only be run again as a whole' in late.stderr
    assert "job life-1 was cancelled; its next run life-1-2 runs all 4 tasks again?" in unasked.stderr
    assert "give --yes" in unasked.stderr


def test_a_failed_task_runs_again_and_what_waited_for_it_goes_on(folder: Folder) -> None:
    flag, hold = folder.path / "flag", folder.path / "hold"
    tasks = (
        f'  - {{id: first, run: test -e "{flag}"}}\n  - {{id: then, run: echo then, depends_on: [first]}}\n'
        f'  - {{id: hold, run: while test ! -e "{hold}"; do sleep 0.1; done}}\n'
    )
    folder.write({"life.yaml": GRAPH.partition("  - id: long")[0] + tasks})
    folder.run("apply", "life.yaml", "--no-wait")
    until(lambda: status(folder)["counts"]["failed"], 1)

    flag.touch()
    retried = folder.run("retry", "life.yaml")
    until(lambda: status(folder)["counts"]["succeeded"], 2)
    nothing = folder.run("retry", "life.yaml", "first")
    both = folder.run("retry", "life.yaml", "first", "--failed")
    hold.touch()

    assert (retried.code, retried.stdout) == (0, "job life-1: task first will run again\n")
    assert (nothing.code, nothing.stdout) == (0, "task first: kept, it succeeded\n")
    assert both.code == 2
    until(lambda: job_state(folder), "completed")


def test_retry_of_a_job_that_has_ended_makes_its_next_run_and_has_its_exit_code(folder: Folder) -> None:
    flag = folder.path / "flag"
    tasks = f'  - {{id: first, run: test -e "{flag}"}}\n  - {{id: then, run: echo then, depends_on: [first]}}\n'
    folder.write({"life.yaml": GRAPH.partition("  - id: long")[0] + tasks})
    failed = folder.run("apply", "life.yaml")
    still = folder.run("retry", "life.yaml", "--yes")
    hint = folder.run("why", "life.yaml", "then")

    flag.touch()
    mended = folder.run("retry", "life.yaml", "--yes", "--json")
    nothing = folder.run("retry", "life.yaml", "--yes")

    assert (failed.code, still.code, mended.code, nothing.code) == (5, 5, 0, 0)
    assert "life-1-2" in still.stdout
    assert mended.report()["verdict"] == "succeeded"
    assert status(folder)["job"]["id"] == "life-1-3"
    assert nothing.stdout == "job life-1-3: kept, no task of it has failed\n"
    assert 'then "batchspec retry"' in hint.stdout


@pytest.mark.parametrize("option", ["--yes", "--failed"])
def test_a_file_of_which_one_job_has_ended_is_left_as_it_is_while_another_goes_on(folder: Folder, option: str) -> None:
    ended = GRAPH.partition("  - id: long")[0] + "  - {id: fails, run: exit 3}\n"
    other = GRAPH.replace("life", "other") + "  - {id: broken, run: exit 3}\n"
    folder.write({"life.yaml": f"{other}---\n{ended}"})
    folder.run("apply", "life.yaml", "--no-wait")

    def of(job_id: str) -> Any:
        found = folder.run("status", "life.yaml", "--json").events()
        return next(one for one in found if one["event"] == "status" and one["job"]["id"] == job_id)

    until(lambda: of("life-1")["job"]["state"], "completed")
    until(lambda: of("other-1")["counts"]["failed"], 1)

    retried = folder.run("retry", "life.yaml", option)

    assert (retried.code, retried.stdout) == (2, "")
    assert 'job "life-1" has ended, and ' in retried.stderr
    assert of("other-1")["counts"]["failed"] == 1


def test_destroy_asks_before_it_ends_what_runs_and_a_script_says_yes(busy: Folder) -> None:
    refused = busy.run("destroy", "life.yaml")
    still = running(busy)
    done = busy.run("destroy", "life.yaml", "--yes")
    again = busy.run("destroy", "life.yaml")

    assert (refused.code, still) == (2, 3)
    assert "end and remove job life-1 (3 tasks running)?" in refused.stderr
    assert done.code == again.code == 0
    assert "pool life: removed" in done.stdout
    assert "job life-1: was not there" in again.stdout


def leftovers(ran: Ran) -> list[tuple[str, str]]:
    assert ran.code == 0, ran.stderr
    (event,) = (one for one in ran.events() if one["event"] == "leftovers")
    return [(one["kind"], one["name"]) for one in event["leftovers"]]


def test_gc_finds_what_belongs_to_no_spec_and_deletes_it_when_told_to(folder: Folder) -> None:
    folder.write({"specs/hello.yaml": HELLO, "old.yaml": HELLO.replace("hello", "old")})
    folder.run("apply", "specs/hello.yaml")
    folder.run("apply", "old.yaml")
    time.sleep(1.1)  # so long they shall have been unused

    lately = folder.run("gc", "specs", "--json")
    found = folder.run("gc", "specs", "--older-than", "1s", "--json")
    everything = folder.run("gc", "--older-than", "1s", "--json")
    shown = folder.run("gc", "specs", "--older-than", "1s")
    refused = folder.run("gc", "specs", "--older-than", "1s", "--delete")
    deleted = folder.run("gc", "specs", "--older-than", "1s", "--delete", "--yes")
    after = folder.run("gc", "specs", "--older-than", "1s")

    assert leftovers(lately) == []
    assert leftovers(found) == [("job", "old-1"), ("pool", "old")]
    assert len(leftovers(everything)) == 4
    assert "1 node of Standard_A1_v2" in shown.stdout
    assert "nothing was deleted" in shown.stdout
    assert refused.code == 2
    assert (deleted.code, "pool old: removed" in deleted.stdout) == (0, True)
    assert "nothing is left over" in after.stdout
    assert status(folder, "specs/hello.yaml")["job"]["state"] == "completed"


def test_gc_takes_nothing_when_a_spec_has_errors_since_what_that_owns_cannot_be_told(folder: Folder) -> None:
    folder.write({"specs/bad.yaml": HELLO.replace("vm_size", "vm_syze")})

    ran = folder.run("gc", "specs", "--delete", "--yes")

    assert ran.code == 1
    assert "BS101" in ran.stdout + ran.stderr


WORK = """\
  - id: make
    run: echo made > made.txt; echo more > more.txt
    environment: {MODE: fast}
    outputs: [{path: made.txt, download: true}, {path: "more*", when: always}]
  - id: use-${{ matrix.n }}
    name: use
    matrix: {n: {range: 3}}
    inputs: [{task: make}, {path: life.yaml}]
    run: cat make/made.txt life.yaml > used.txt
    outputs: [{path: used.txt}]
    retries: 1
  - {id: end, run: cat in/use-*/used.txt, inputs: [{task: use, to: in}]}
"""


def test_what_was_applied_is_exported_to_a_spec_that_plans_no_change(folder: Folder) -> None:
    folder.write({"life.yaml": GRAPH.partition("  - id: long")[0] + WORK})

    applied = folder.run("apply", "life.yaml", "--no-follow")
    exported = folder.run("export", "job", "life-1", "-o", "exported.yaml")
    again = folder.run("export", "job", "life-1", "-o", "exported.yaml")
    planned = folder.run("plan", "exported.yaml", "--exit-code")
    text = (folder.path / "exported.yaml").read_text()

    assert (applied.code, exported.code, again.code) == (0, 0, 2)
    assert (planned.code, "no changes" in planned.stdout) == (0, True), planned.stdout
    assert "name: life\n" in text
    assert "{task: use, to: in}" in text
    assert "sig=" not in text
    assert "blob: inputs/" in text
    assert "without a signature" not in exported.stderr


def test_a_schedule_that_was_applied_is_exported_with_its_tasks_and_plans_no_change(folder: Folder) -> None:
    daily = GRAPH.partition("  - id: long")[0] + WORK
    signs = "schedule: {every: 1d, window: 1h, credential: account_key}\ntasks:"
    folder.write({"life.yaml": daily.replace("tasks:", signs)})

    applied = folder.run("apply", "life.yaml", "--no-follow")
    exported = folder.run("export", "schedule", "life-1", "-o", "exported.yaml")
    planned = folder.run("plan", "exported.yaml", "--exit-code")
    cancelled = folder.run("cancel", "life.yaml", "--yes")
    destroyed = folder.run("destroy", "life.yaml", "--yes")

    assert (applied.code, exported.code) == (0, 0)
    assert (planned.code, "no changes" in planned.stdout) == (0, True), planned.stdout
    assert "sig=" not in (folder.path / "exported.yaml").read_text()
    assert (cancelled.code, destroyed.code) == (0, 0)
    assert "job schedule life-1: cancelled" in cancelled.stdout
    assert "job schedule life-1: removed" in destroyed.stdout


def test_a_pool_is_exported_by_itself_and_what_is_not_there_is_said(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO})
    folder.run("apply", "hello.yaml")

    pool = folder.run("export", "pool", "hello")
    alone = folder.run("export", "job", "hello-1", "--no-pool", "--name", "mine")
    missing = folder.run("export", "job", "nothing")
    many = folder.run("export", "job", "hello-1", "--max-tasks", "1")

    assert pool.stdout.startswith("batchspec: v1\nname: hello\n")
    assert "job:" not in pool.stdout
    assert "pool_info: {pool_id: hello}" in alone.stdout
    assert alone.stdout.startswith("batchspec: v1\nname: mine\n")
    assert missing.code == 4
    assert many.code == 0
    assert json.dumps(pool.stdout).count("vm_size") == 1
