"""Of very many tasks the reasons are few, and cost what they are."""

from __future__ import annotations

import pytest

from batchspec.run.blocked import Dependents
from batchspec.run.why.facts import Facts
from batchspec.run.why.task import why_task
from batchspec.run.why.whole import why_job
from tests.support.facts import FULL, active, ended, facts
from tests.support.programs import program


def test_of_very_many_tasks_that_fit_no_node_some_are_named() -> None:
    made = program([f"t{at}" for at in range(2000)])
    for one in made.tasks:
        one.body.required_slots = 4
    given = facts(*(active(one.body.id) for one in made.tasks), made=made)

    reasons = why_job(given)

    assert [reason.code for reason in reasons] == ["BS814"] * 6
    assert reasons[-1].text == "1,995 more tasks fit no node"


def counted(monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> list[object]:
    """Grows with every call of a method."""
    calls: list[object] = []
    method = getattr(kind, name)

    def call(self: object, *args: object) -> object:
        calls.append(args)
        return method(self, *args)

    monkeypatch.setattr(kind, name, call)
    return calls


def test_very_many_tasks_that_wait_for_several_slots_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = program([f"t{at}" for at in range(2000)])
    for one in made.tasks:
        one.body.required_slots = 2
    given = facts(*FULL, *(active(one.body.id) for one in made.tasks), made=made)
    sweeps = counted(monkeypatch, Facts, "of_state")

    why_job(given)

    assert len(sweeps) < 30


def test_of_very_many_tasks_that_are_asked_for_each_costs_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = program([f"t{at}" for at in range(500)])
    given = facts(*FULL, *(active(one.body.id) for one in made.tasks), made=made)
    sweeps = counted(monkeypatch, Facts, "of_state")

    found = [why_task(given, one.body.id) for one in made.tasks]

    assert found[-1].text.endswith("499 tasks are before it in the queue")
    assert len(sweeps) < 30


def test_of_very_many_that_failed_those_that_block_the_most_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    parents: dict[str, list[str]] = (
        {f"f{at}": [] for at in range(300)} | {f"c{at}": ["f200"] for at in range(5)} | {"z": ["f7"]}
    )
    given = facts(*(ended(one, 1) for one in parents if one.startswith("f")), made=program(parents))
    walks = counted(monkeypatch, Dependents, "blocked")

    reasons = [one for one in why_job(given) if one.code == "BS801"]

    assert [one.task_ids for one in reasons[:2]] == [("f200",), ("f7",)]
    assert reasons[-1].text == "295 more tasks failed"
    assert len(walks) < 50
