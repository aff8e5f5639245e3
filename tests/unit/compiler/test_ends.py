"""The formulas that end a pool's nodes: what they give as time goes by, and that they are read back as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import pytest
from azure.batch.models import PoolAddParameter
from hypothesis import given, strategies as st

from batchspec import api
from batchspec.autoscale import Result, Sample, World, check, evaluate
from batchspec.compiler import ends
from batchspec.compiler.ends import Ends, Moments
from batchspec.compiler.links import Placeholders, Signed
from tests.support.fakes import FakeBlob
from tests.support.project import HEAD, Project

APPLIED = datetime(2026, 11, 22, 20, 0, tzinfo=timezone.utc)
HOURS = timedelta(hours=8)
IDLE = Ends(2, 4, idle=True)
LIMITED = Ends(2, 4, lifetime=HOURS)
BOTH = Ends(2, 4, idle=True, lifetime=HOURS)

OWN = {
    "one line": "$TargetDedicatedNodes = 3;",
    "no semicolon at its end": "$TargetDedicatedNodes = 3",
    "a comment at its end": "$TargetDedicatedNodes = 3 // at most",
    "a comment after its end": "$TargetDedicatedNodes = 3; // at most\n",
    "two kinds of nodes": "$TargetDedicatedNodes = 3;\r\n$TargetLowPriorityNodes = time() < time() ? 1 : 2;\r\n",
}


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def formula(held: Ends, when: datetime = APPLIED) -> str:
    return ends.formula(held, ends.after(when))


def result(text: str, at: float, pending: Callable[[float], int] | None, targets: tuple[int, int] = (2, 4)) -> Result:
    """What a formula gives so many minutes after the apply, from the samples of half an hour.

    pending: tasks at a minute; None: no samples are there.
    """
    taken = (
        []
        if pending is None
        else [(half / 2, pending(half / 2)) for half in range(max(0, int(at * 2) - 60), int(at * 2))]
    )
    samples = {"$PendingTasks": [Sample(APPLIED + minutes(time), float(count)) for time, count in taken]}
    world = World(APPLIED + minutes(at), samples, target_dedicated=targets[0], target_low_priority=targets[1])
    found = evaluate(text, world)
    assert found.error is None, found.error
    return found


def nodes(text: str, at: float, pending: Callable[[float], int] | None, targets: tuple[int, int] = (2, 4)) -> int:
    found = result(text, at, pending, targets)
    return found.dedicated + found.low_priority


def never(_minute: float) -> int:
    return 0


def always(_minute: float) -> int:
    return 3


def until(end: float) -> Callable[[float], int]:
    return lambda minute: int(minute < end)


def since(start: float) -> Callable[[float], int]:
    return lambda minute: int(minute >= start)


class Moment(NamedTuple):
    held: Ends
    at: float
    pending: Callable[[float], int] | None
    nodes: int


TIMES = {
    "the pool has just been made": Moment(IDLE, 0, None, 6),
    "no task has come yet": Moment(IDLE, 14, never, 6),
    "no task has come at all": Moment(IDLE, 16, never, 0),
    "a task came late": Moment(IDLE, 16, since(12), 6),
    "tasks run": Moment(IDLE, 600, always, 6),
    "the last task ended a while ago": Moment(IDLE, 60, until(52), 6),
    "the last task ended long ago": Moment(IDLE, 60, until(49), 0),
    "tasks come again": Moment(IDLE, 600, since(599), 6),
    "tasks run within the lifetime": Moment(BOTH, 479, always, 6),
    "tasks run after the lifetime": Moment(BOTH, 481, always, 0),
    "nothing runs within the lifetime": Moment(BOTH, 479, never, 0),
    "a kept pool within its lifetime": Moment(LIMITED, 479, never, 6),
    "a kept pool after its lifetime": Moment(LIMITED, 481, always, 0),
    "a lifetime that ends before the tasks come": Moment(Ends(2, 4, idle=True, lifetime=minutes(10)), 11, never, 0),
}


@pytest.mark.parametrize("moment", TIMES.values(), ids=TIMES)
def test_as_time_goes_by(moment: Moment) -> None:
    assert nodes(formula(moment.held), moment.at, moment.pending, (0, 0)) == moment.nodes


@pytest.mark.parametrize("targets", [(2, 4), (0, 0)], ids=["with nodes", "without"])
def test_a_pool_stays_as_it_is_while_samples_are_missing(targets: tuple[int, int]) -> None:
    assert nodes(formula(IDLE), 60, None, targets) == sum(targets)


def test_a_pool_that_was_sent_to_sleep_has_no_nodes_though_the_samples_are_full_of_work() -> None:
    text = ends.asleep(formula(BOTH), APPLIED + minutes(60))

    assert [nodes(text, at, until(60)) for at in (60, 65, 71)] == [0, 0, 0]


def test_a_pool_that_sleeps_has_nodes_again_for_the_tasks_of_whoever_comes_later() -> None:
    text = ends.asleep(formula(IDLE), APPLIED + minutes(60))

    assert [nodes(text, at, since(75), (0, 0)) for at in (74, 76)] == [0, 6]


def test_sleeping_does_not_make_the_lifetime_longer() -> None:
    text = ends.asleep(formula(BOTH), APPLIED + minutes(60))

    assert ends.moments(text) == Moments(held=False, until=APPLIED + minutes(70), end=APPLIED + HOURS)
    assert nodes(text, 481, always) == 0


def test_work_is_finished_before_idle_nodes_leave_and_queued_again_at_the_end_of_the_lifetime() -> None:
    assert result(formula(IDLE), 60, never).deallocation == "taskcompletion"
    assert result(formula(LIMITED), 481, always).deallocation == "requeue"
    assert result(formula(BOTH), 481, always).deallocation == "requeue"


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_the_users_formula_gives_what_it_gives_until_the_lifetime_is_over(own: str) -> None:
    text = formula(Ends(lifetime=HOURS, own=own))

    assert check(text) == []
    assert result(text, 479, always, (0, 0)).dedicated == 3
    assert nodes(text, 481, always) == 0


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_the_users_formula_is_found_in_ours(own: str) -> None:
    found = ends.read(formula(Ends(lifetime=HOURS, own=own)))

    assert found == Ends(lifetime=HOURS, own=own.replace("\r\n", "\n").rstrip("\n"))


def test_a_moment_of_the_users_own_is_none_of_ours() -> None:
    mine, other = (f'$TargetDedicatedNodes = time() < time("{year}-01-01") ? 1 : 2;' for year in (2027, 2028))

    assert not ends.same_formula(formula(Ends(lifetime=HOURS, own=mine)), formula(Ends(lifetime=HOURS, own=other)))
    assert not ends.same_formula(mine, other)
    assert ends.moments(mine) == Moments()


def test_a_formula_of_others_is_not_ours_and_is_not_touched() -> None:
    other = "$TargetDedicatedNodes = 1;"

    assert ends.read(other) is ends.read(None) is None
    assert ends.wake(other, APPLIED) == other
    assert not ends.lifetime_over(other, APPLIED)
    assert not ends.needs_waking(other, other, 0, APPLIED)


def test_what_is_looked_at_says_when_in_words() -> None:
    text = ends.formula(BOTH, Placeholders().moment)

    assert 'until = time("<applied + 15m>");' in text
    assert 'time() < time("<applied + 8h>")' in text
    assert ends.same_formula(text, formula(BOTH))
    assert ends.moments(text) == Moments()


LATER = APPLIED + minutes(60)
LIVE = {
    "it has its nodes": (BOTH, formula(BOTH), 6, LATER, False),
    "it was just made and has none yet": (LIMITED, formula(LIMITED), 0, LATER, False),
    "it had nothing to do": (IDLE, formula(IDLE), 0, LATER, True),
    "it was sent to sleep": (IDLE, ends.asleep(formula(IDLE), LATER), 0, LATER, True),
    "its nodes are still leaving": (IDLE, ends.asleep(formula(IDLE), LATER), 6, LATER, True),
    "its lifetime is over": (LIMITED, formula(LIMITED), 6, APPLIED + HOURS, True),
    "it has fixed nodes": (IDLE, None, 6, LATER, True),
    "it has another lifetime": (LIMITED, formula(Ends(2, 4, lifetime=2 * HOURS)), 6, LATER, True),
}


@pytest.mark.parametrize(("held", "live", "target", "now", "needed"), LIVE.values(), ids=LIVE)
def test_a_pool_is_woken_when_it_would_not_have_its_nodes_by_itself(
    held: Ends, live: str | None, target: int, now: datetime, needed: bool
) -> None:
    assert ends.needs_waking(formula(held), live, target, now) is needed


def test_a_body_is_sent_with_moments_of_the_time_at_which_it_is_sent() -> None:
    body = PoolAddParameter(id="p", vm_size="s", enable_auto_scale=True, auto_scale_formula=formula(BOTH))

    made = ends.renewed(body, LATER)

    assert made.serialize() == body.serialize() | {"autoScaleFormula": formula(BOTH, LATER)}
    assert body.auto_scale_formula == formula(BOTH)
    fixed = PoolAddParameter(id="p", vm_size="s", target_dedicated_nodes=1)
    assert ends.renewed(fixed, LATER) is fixed


_counts = st.integers(0, 1_000_000)
_lengths = st.one_of(st.none(), st.integers(1, 10**8).map(lambda seconds: timedelta(seconds=seconds)))
_held = st.builds(Ends, _counts, _counts, st.booleans(), _lengths).filter(
    lambda held: held.dedicated + held.spot > 0 and (held.idle or held.lifetime is not None)
)
_whens = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001  # made aware right here
    lambda when: when.replace(microsecond=0, tzinfo=timezone.utc)
)


@given(_held, _whens)
def test_every_formula_is_one_that_the_service_reads_and_that_is_read_back(held: Ends, when: datetime) -> None:
    text = formula(held, when)

    assert check(text) == []
    assert ends.read(text) == held
    assert len(text) < 1_000
    end = None if held.lifetime is None else when + held.lifetime
    assert ends.moments(text) == Moments(until=when + ends.HOLD if held.idle else None, end=end)


@given(_held, _held, _whens, _whens)
def test_formulas_are_the_same_when_they_differ_in_moments_alone(
    one: Ends, other: Ends, first: datetime, second: datetime
) -> None:
    assert ends.same_formula(formula(one, first), formula(one, second))
    assert ends.same_formula(formula(one, first), ends.asleep(formula(one, second), first))
    assert ends.same_formula(formula(one, first), formula(one, first).replace("\n", "\r\n"))
    assert ends.same_formula(formula(one, first), formula(other, first)) is (one == other)


@given(_held, _whens, _whens)
def test_waking_begins_anew_whatever_was_before(held: Ends, first: datetime, second: datetime) -> None:
    assert ends.wake(ends.asleep(formula(held, first), first), second) == formula(held, second)


@given(
    st.sampled_from([IDLE, LIMITED, BOTH]),
    st.lists(st.integers(0, 5), max_size=40),
    st.floats(0, 600),
    st.sampled_from([(0, 0), (2, 4)]),
)
def test_a_pool_has_all_of_its_nodes_or_none(
    held: Ends, pending: list[int], at: float, targets: tuple[int, int]
) -> None:
    def of(minute: float) -> int:
        return pending[int(minute) % len(pending)] if pending else 0

    assert nodes(formula(held), at, of, targets) in (0, 6)


@given(st.sampled_from([LIMITED, BOTH]), st.floats(480, 10_000), st.sampled_from([never, always, None]))
def test_nothing_has_nodes_after_the_lifetime(held: Ends, at: float, pending: Callable[[float], int] | None) -> None:
    for text in (formula(held), ends.asleep(formula(held), LATER)):
        assert nodes(text, at, pending) == 0


def test_when_a_spec_is_compiled_moves_its_moments_and_nothing_else(project: Project) -> None:
    spec = project.spec(HEAD.replace("{dedicated: 1}", "{dedicated: 1}, lifetime: 8h"))

    def compiled(now: datetime) -> dict[str, object]:
        made = api.compile_program(spec, Signed(FakeBlob(), APPLIED, now))
        assert made.pool is not None
        return dict(made.pool.body.serialize())

    first, second = compiled(APPLIED), compiled(LATER)

    assert first["autoScaleFormula"] == formula(Ends(1, 0, lifetime=HOURS))
    assert second == first | {"autoScaleFormula": formula(Ends(1, 0, lifetime=HOURS), LATER)}
