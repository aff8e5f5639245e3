"""What is asked of the service is enough for the reasons, and watches end with the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from batchspec.compiler.program import Finish, Program
from batchspec.errors import UsageError
from batchspec.ports import Fault
from batchspec.run import Options, Verdict
from batchspec.run.context import Run
from batchspec.run.events import Found
from batchspec.run.retry import retrying
from batchspec.run.stall import Health, diagnose
from batchspec.run.why.facts import Reason
from batchspec.run.why.gather import why
from tests.support.facts import taking
from tests.support.fakes import Behaviour
from tests.support.programs import program
from tests.support.world import World, codes


def asked(world: World, made: Program, *names: str) -> tuple[Reason, ...]:
    return why(made, world.batch, world.blobs, world.clock, names)


def test_what_is_asked_of_the_service_is_enough_for_a_sentence_with_evidence() -> None:
    made = program({"a": [], "b": ["a"]})
    world = World({"a": Behaviour(exit_code=1, stderr="no such file\n")})
    world.apply(made)

    (reason,) = asked(world, made, "b")

    assert (reason.code, reason.excerpt) == ("BS802", "no such file")
    assert [(one.code, one.excerpt) for one in asked(world, made)] == [("BS802", ""), ("BS801", "no such file")]


def test_of_a_failed_start_task_the_last_lines_are_told() -> None:
    made = program(["a"])
    world = World(node_state="starttaskfailed")
    world.batch.node_files["startup/stderr.txt"] = "E: no such package\n"
    _, report = world.apply(made)
    assert report.verdict is Verdict.BLOCKED

    (reason,) = asked(world, made, "a")

    assert (reason.code, reason.excerpt) == ("BS803", "E: no such package")


def test_a_task_that_nobody_knows_is_a_usage_error_with_the_nearest() -> None:
    made = program(["split"])

    with pytest.raises(UsageError) as caught:
        asked(World(), made, "splt")

    assert caught.value.hint == 'did you mean "split"?'


def test_before_an_apply_it_says_so() -> None:
    (reason,) = asked(World(), program(["a"]))

    assert "never applied" in reason.text


# the same reasons end a watch: what takes too much is named, and the rest runs first
MISFITS: Mapping[str, Callable[[], Program]] = {
    "slots": lambda: taking(4),
    "nodes": lambda: taking(nodes=5),
}


@pytest.mark.parametrize("made", MISFITS.values(), ids=MISFITS)
def test_a_watch_ends_when_all_that_is_left_fits_no_node(made: Callable[[], Program]) -> None:
    world = World()
    world.batch._let_go = lambda job, task: task.view.id != "big"  # type: ignore[method-assign]  # noqa: ARG005

    _, report = world.apply(made())

    assert codes(report) == ["BS814"]
    assert report.verdict is Verdict.BLOCKED
    assert report.counts.succeeded == 1


def test_a_watch_tells_once_that_the_service_gave_a_pool_only_some_of_its_nodes() -> None:
    made, world = program(["a"]), World(nodes=3)
    world.apply(made, Options(wait=False))
    pool, fault = world.batch.pools["demo-pool"], Fault("AccountCoreQuotaReached", "No cores are left.")
    pool.view = replace(pool.view, current_nodes=1, resize_errors=(fault,))
    run, health = Run(made, world.batch, world.blobs, world.clock, retrying(world.clock)), Health()

    told = [
        event.finding.diagnostic.message
        for _ in range(2)
        for event in diagnose(run, health)
        if isinstance(event, Found)
    ]

    assert told == ['pool "demo-pool" got 1 of 3 nodes: No cores are left (AccountCoreQuotaReached)']


def test_a_job_that_on_finish_deletes_is_told_to_be_where_it_may_be() -> None:
    (reason,) = asked(World(), program(["a"], finish=Finish(job="delete")))

    assert "on_finish deletes it then" in reason.text
    assert "batchspec logs" in str(reason.hint)
