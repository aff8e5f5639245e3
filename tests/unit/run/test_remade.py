"""A job that another apply has made anew under the same id is neither ended nor deleted in the place of the old one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from batchspec.run import Options, Verdict, apply
from batchspec.run.events import Event, Kept, PoolResizing
from tests.support.fakes import Behaviour
from tests.support.project import Project
from tests.support.world import World, codes, of

OLD = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: j}
tasks: [{id: a, command: /bin/old}]
"""
OURS, THEIRS = OLD.replace("/bin/old", "/bin/ours"), OLD.replace("/bin/old", "/bin/theirs")
ENDING = OLD.replace("job: {id: j}", "job: {id: j}\non_finish: {pool: scale_to_zero, job: delete}")
AGREED = Options(wait=False, agree=lambda _plan: True)


def once(world: World, monkeypatch: pytest.MonkeyPatch, method: str, when: str, what: Callable[[], object]) -> None:
    """Somebody does something just before or just after the first request of this kind."""
    request, todo = getattr(world.batch, method), [what]

    @wraps(request)
    def then(*args: Any) -> Any:
        due = todo.pop() if todo else None
        if due and when == "before":
            due()
        found = request(*args)
        if due and when == "after":
            due()
        return found

    monkeypatch.setattr(world.batch, method, then)


@pytest.mark.parametrize(("method", "when"), [("disable_job", "after"), ("delete_job", "before")])
@pytest.mark.parametrize("applied", [OURS, THEIRS], ids=["to ours", "to another"])
def test_an_apply_that_replaces_a_job_leaves_the_one_that_another_has_made(
    project: Project, monkeypatch: pytest.MonkeyPatch, method: str, when: str, applied: str
) -> None:
    world = World({"a": Behaviour(seconds=1e6)})
    world.apply(project.program(OLD), AGREED)
    theirs = project.program(applied)
    once(world, monkeypatch, method, when, lambda: world.apply(theirs, AGREED))

    _, report = world.apply(project.program(OURS), AGREED)

    (task,) = world.batch.jobs["j"].tasks.values()
    assert (world.batch.jobs["j"].view.state, task.body.command_line) == ("active", applied.split()[-1].rstrip("}]"))
    assert task.view.state != "completed"
    assert world.batch.log.count("add job j") == 2
    refused = (Verdict.REFUSED, ["BS603"])
    assert (report.verdict, codes(report)) == (refused if applied is THEIRS else (Verdict.SUBMITTED, []))


@pytest.mark.parametrize("applied", [ENDING, THEIRS], ids=["as ours", "as another"])
def test_on_finish_leaves_a_job_that_was_made_while_its_pool_was_scaled(project: Project, applied: str) -> None:
    world, events = World({"a": Behaviour(seconds=60.0)}), list[Event]()

    for event in apply(project.program(ENDING), world.batch, world.blobs, world.clock):
        events.append(event)
        if isinstance(event, PoolResizing):
            world.batch.jobs.clear()
            world.apply(project.program(applied), AGREED)

    assert of(events, PoolResizing)
    assert of(events, Kept) == [Kept("job", "j", "it is not the one that this spec describes")]
    assert world.batch.jobs["j"].gone_at is None
