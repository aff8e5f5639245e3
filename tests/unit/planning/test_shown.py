"""Plans as they are shown: golden files, no secret, no more than a comment holds, and a kept plan that comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from batchspec.diag.secrets import Redactor
from batchspec.planning import Plan
from batchspec.planning.document import document
from batchspec.planning.markdown import LONGEST, render as markdown
from batchspec.planning.text import render
from batchspec.run import Options
from batchspec.run.look import plan_of
from tests.support.fakes import Behaviour
from tests.support.golden import Golden
from tests.support.project import Project
from tests.support.world import World

BASE = """\
batchspec: v1
name: demo
pool:
  id: p
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 2}
  start_task: {run: ls}
job: {id: j, timeout: 2h, priority: 1, environment: {MODE: fast}}
tasks:
  - {id: a, command: /bin/a, timeout: 1h}
  - {id: b, command: /bin/b, depends_on: [a]}
  - {id: quick, command: /bin/true}
"""
LONG = {"a": Behaviour(seconds=500.0)}
YES = Options(agree=lambda _plan: True, wait=False)


def planned(world: World, project: Project, text: str, **options: Any) -> Plan:
    return plan_of(project.program(text), world.batch, world.blobs, world.clock, Options(**options))


def running(project: Project) -> World:
    world = World(LONG)
    world.apply(project.program(BASE), Options(wait=False))
    world.clock.sleep(10.0)
    return world


def completed(project: Project) -> World:
    world = World()
    world.apply(project.program(BASE))
    return world


GOLDEN: dict[str, tuple[Callable[[Project], World], Callable[[str], str]]] = {
    "create-all": (lambda _project: World(), lambda text: text),
    "no-changes": (running, lambda text: text),
    "update-in-place": (
        running,
        lambda text: text.replace("priority: 1", "priority: 5").replace("timeout: 1h", "timeout: 90m").replace(
            "run: ls", "run: pwd"
        ),
    ),
    "resize": (running, lambda text: text.replace("dedicated: 2", "dedicated: 1")),
    "replace-pool-with-running-tasks": (running, lambda text: text.replace("D2s", "D4s")),
    "replace-job": (running, lambda text: text.replace("/bin/b", "/bin/c")),
    "replace-pool-and-job": (running, lambda text: text.replace("/bin/b", "/bin/c").replace("D2s", "D4s")),
    "delete-tasks": (running, lambda text: re.sub("  - {id: [ab].*\n", "", text)),
    "not-ours": (running, lambda text: text.replace("name: demo", "name: other")),
    "completed-job": (completed, lambda text: text),
    "completed-job-with-more-tasks": (completed, lambda text: text + "  - {id: c, command: /bin/c}\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_a_plan_reads_as_its_golden_file(project: Project, golden: Golden, name: str) -> None:
    before, edit = GOLDEN[name]

    plan = planned(before(project), project, edit(BASE))

    golden.check(f"plan/{name}.txt", render(plan) + "\n")


def test_the_document_of_a_plan_is_versioned(project: Project, golden: Golden) -> None:
    world = running(project)
    text = BASE.replace("/bin/b", "/bin/c").replace("dedicated: 2", "dedicated: 1").replace("fast", "slow")

    found = document([planned(world, project, text)])

    found["tool"]["version"] = "VERSION"
    found["plans"][0]["prints"] = dict.fromkeys(found["plans"][0]["prints"], "HASH")
    golden.check("plan/as-json.json", json.dumps(found, indent=2) + "\n")


def test_a_comment_is_never_longer_than_github_takes(project: Project) -> None:
    many = BASE + "  - {id: 't-${{ matrix.i }}', command: /bin/t, matrix: {i: {range: 10000}}}\n"
    world = World(LONG)
    world.apply(project.program(many), Options(wait=False))
    plan = planned(world, project, many.replace("command: /bin/t,", "command: /bin/u,"))
    long = replace(plan, changes=tuple(replace(one, reasons=one.reasons * 3000) for one in plan.changes))

    made = {count: markdown([long] * count) for count in (1, 3, 401, 5000)}

    assert sum(change.count for change in plan.changes if change.kind == "tasks") == 10_003
    assert len(markdown([plan])) < 2000
    for text in made.values():
        assert len(text) <= LONGEST
        assert text.count("```") % 2 == 0
        assert "more" in text


OLD, NEW = "s3cr3t-of-then", "s3cr3t-of-now"
SECRETS = {
    "a setting of a task": ("command: /bin/b", 'command: /bin/b, environment: {T: "%s"}'),
    "a command": ("command: /bin/b", 'command: "/bin/b --token %s"'),
    "a script": ("command: /bin/b", 'run: "b --token %s"'),
    "a setting of the job": ("MODE: fast", 'MODE: "%s"'),
    "metadata of the job": ("priority: 1,", 'priority: 1, metadata: {token: "%s"},'),
    "the start task": ("{run: ls}", '{command: "ls %s"}'),
    "a setting of the start task": ("{run: ls}", '{run: ls, environment: {T: "%s"}}'),
    "a preparation": ("priority: 1,", 'priority: 1, prepare: {command: "ls %s"},'),
    "a link": ("command: /bin/b", 'command: /bin/b, inputs: [{url: "https://a.b/c?sig=%s", to: c}]'),
    "a name": ("priority: 1,", 'priority: 1, display_name: "of %s",'),
}
SECOND: dict[str, Callable[[str], str]] = {
    "another": lambda text: text,
    "none any more": lambda _text: "",
}


@pytest.mark.parametrize("then", SECOND)
@pytest.mark.parametrize("secret", SECRETS)
def test_no_plan_shows_a_secret_of_now_or_of_then(project: Project, secret: str, then: str) -> None:
    old, new = SECRETS[secret]
    with_secret = BASE.replace(old, new.replace("%s", "${{ env.TOKEN }}"))
    assert with_secret != BASE
    world = World(LONG)
    world.apply(project.program(with_secret, environ={"TOKEN": OLD}), Options(wait=False))
    made = project.program(BASE if then == "none any more" else with_secret, environ={"TOKEN": NEW})

    plan = plan_of(made, world.batch, world.blobs, world.clock, Options())
    redact = Redactor(made.secrets)

    shown = redact(render(plan)) + redact(markdown([plan])) + json.dumps(redact.document(document([plan])))
    assert OLD not in shown
    assert NEW not in shown
    assert not plan.empty or secret == "a link"


def test_passwords_and_keys_are_in_no_plan(project: Project) -> None:
    account = "\n  user_accounts: [{name: u, password: '${{ env.TOKEN }}'}]\n  start_task"
    text = BASE.replace("\n  start_task", account)
    world = World(LONG)
    world.apply(project.program(text, environ={"TOKEN": OLD}), Options(wait=False))

    plan = plan_of(project.program(text, environ={"TOKEN": NEW}), world.batch, world.blobs, world.clock, Options())

    assert [change.action.value for change in plan.changes if change.kind == "pool"] == ["replace"]
    assert "user_accounts: a hidden value was changed" in render(plan)
    assert OLD not in repr(plan)
    assert NEW not in repr(plan)
