"""What may happen to a spec in a step of its life: a command, disturbed or not, or what somebody does by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

from azure.batch.models import BatchErrorException, JobPatchParameter, PoolResizeParameter

from tests.faults.disturbed import faulty, interrupted, killed, one_of, two
from tests.faults.laws import check_destroyed, check_verdict
from tests.faults.life import YES, Life

GOING_BACK = 0.15  # how likely


def live(life: Life, steps: int) -> None:
    """From the first apply to the last destroy."""
    try:
        for _ in range(steps):
            step(life)
        end(life)
    except (AssertionError, BatchErrorException) as error:
        raise AssertionError("\n".join([*life.trace, str(error)])) from error


def step(life: Life) -> None:
    """Perhaps an edit or two; then a command, or what happens by itself."""
    if life.random.random() < GOING_BACK and life.before:
        life.wanted = life.random.choice(life.before)
        life.trace.append("edit: back to an earlier spec")
    for _ in range(life.random.choices([0, 1, 2], [2, 4, 3])[0]):
        name, life.wanted = life.lives.edit(life.wanted)
        life.trace.append(f"edit: {name}")
    life.before.append(life.wanted)
    act = one_of(life, ACTS)
    life.trace.append(f"{act.__name__}:")
    act(life)
    life.once.look(life.look())
    life.once.check()


def submit(life: Life) -> None:
    life.apply("--no-wait")


def force(life: Life) -> None:
    life.apply("--no-wait", "--force")


def rerun(life: Life) -> None:
    before = life.look()
    _, job = before.run(life.wanted)
    ended = life.run(*YES, "--rerun")
    if job is not None and not job.over:
        if ended.code == 2:
            life.check_untouched(before, ended)
            return
        job_id, now = life.look().run(life.wanted)
        assert job_id != life.wanted.job_id or now is None or now.made != job.made, ended.output
    assert ended.code in (0, 5), ended.output
    life.once.unseen(life.wanted)
    life.check_nothing_left()


def unasked(life: Life) -> None:
    """Nobody has agreed: what needs a yes is refused, and changes nothing."""
    before, told = life.planned()
    ended = life.run(*[one for one in YES if one != "--yes"], "--no-wait")
    if any(one["needs_agreement"] for one in told.changes):
        assert ended.code == 2, (ended.code, str(told), ended.output)
        life.check_untouched(before, ended)
    else:
        assert ended.code in (0, 5), ended.output
        life.check_nothing_left(before.jobs.get(told.job_id))


def cancel(life: Life) -> None:
    names = [life.random.choice(list(life.wanted.tasks))] if life.random.random() < 0.4 else []
    ended = life.run("cancel", "{}", *names, "--yes")
    assert ended.code in (0, 2), ended.output


def retry(life: Life) -> None:
    before = life.look()
    life.once.again()
    _, job = before.run(life.wanted)
    ended = life.run("retry", "{}", "--failed", "--yes")
    assert ended.code in (0, 2, 4), ended.output
    if job is None or job.over or ended.code in (2, 4):
        life.check_untouched(before, ended)


def destroy(life: Life) -> None:
    ended = life.run("destroy", "{}", "--yes")
    assert ended.code == 0, ended.output
    check_destroyed(life.wanted, life.look())


def looks(life: Life) -> None:
    """Commands that only look change nothing."""
    before = life.look()
    job_id, job = before.run(life.wanted)
    lines: list[tuple[str, ...]] = [("plan", "{}"), ("status", "{}"), ("gc", "{}"), ("why", "{}")]
    if job is not None and job.state != "terminating":
        lines.append(("export", "job", job_id))
    ended = life.run(*life.random.choice(lines))
    assert ended.code in (0, 2, 5), ended.output
    life.check_untouched(before, ended)


def watch(life: Life) -> None:
    """What comes of it, for somebody who only waits."""
    ended = life.run("wait", "{}")
    after = life.look()
    job_id, job = after.run(life.wanted)
    assert ended.code in (0, 5) if job is not None else ended.code == 2, ended.output
    if job is not None:
        check_verdict(life.wanted, after, job_id, ended.code, mended=life.mended.exists())


def hand(life: Life) -> None:
    """Somebody does something by hand."""
    found = life.look()
    job_id, job = found.run(life.wanted)
    client, pool_id = life.of.client, life.wanted.pool_id
    tasks = sorted(job.tasks) if job is not None else ["a"]
    task_id = life.random.choice(tasks or ["a"])
    deeds: list[tuple[str, Callable[[], object]]] = [
        ("resize", lambda: client.pool.resize(pool_id, PoolResizeParameter(target_dedicated_nodes=2))),
        ("disable", lambda: client.job.disable(job_id, life.random.choice(["requeue", "wait"]))),
        ("delete a task", lambda: client.task.delete(job_id, task_id)),
        ("terminate", lambda: client.job.terminate(job_id)),
        ("priority", lambda: client.job.patch(job_id, JobPatchParameter(priority=9))),
        ("delete the pool", lambda: client.pool.delete(pool_id)),
        ("enable", lambda: client.job.enable(job_id)),
        ("delete the job", lambda: client.job.delete(job_id)),
        ("terminate a task", lambda: client.task.terminate(job_id, task_id)),
    ]
    name, by_hand = life.random.choice(deeds)
    done = "done"
    try:
        by_hand()
    except BatchErrorException as error:
        done = error.error.code
    life.trace.append(f"  {name}: {done}")


def turn(life: Life) -> None:
    """The gate opens or shuts."""
    life.gate.unlink() if life.gate.exists() else life.gate.touch()


def mend(life: Life) -> None:
    life.mended.touch()


def rest(_life: Life) -> None:
    time.sleep(0.3)


def end(life: Life) -> None:
    """Whatever has happened: an apply makes it so, and a destroy takes it away."""
    life.trace.append("the end:")
    life.gate.touch()
    life.apply("--force")
    for pool in sorted({"", *(one.pool for one in life.before)}):
        life.wanted = replace(life.wanted, pool=pool)
        destroy(life)
    left = life.look()
    assert not left.pools, left.pools
    assert not left.jobs, left.jobs
    found = life.run("gc", "--older-than", "1s", "--container", f"c-{life.wanted.n}")
    assert found.code == 0, found.output
    assert not re.search(rf"\b[pj]-{life.wanted.n}\b", found.output), found.output


ACTS: dict[Callable[[Life], None], int] = {
    Life.apply: 4,
    submit: 12,
    force: 8,
    rerun: 2,
    unasked: 3,
    killed: 14,
    interrupted: 6,
    faulty: 5,
    two: 6,
    cancel: 3,
    retry: 3,
    destroy: 2,
    looks: 3,
    watch: 1,
    hand: 9,
    turn: 1,
    mend: 1,
    rest: 1,
}
