"""The engine's clock, by itself and under an engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from batchspec.emulator.__main__ import main
from batchspec.emulator.clock import Clock
from batchspec.emulator.engine.engine import Engine

if TYPE_CHECKING:
    from pathlib import Path


class Hands:
    """A real time that the test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_a_clock_is_the_real_time_unless_told_otherwise() -> None:
    hands = Hands()
    clock = Clock(source=hands)
    hands.time += 7

    assert (clock.now(), clock.until(1010.0), clock.is_real) == (1007.0, 3.0, True)


def test_a_fast_clock_shortens_the_time_that_a_deadline_is_away() -> None:
    hands = Hands()
    clock = Clock(60, source=hands)
    hands.time += 2

    assert (clock.now(), clock.until(1180.0), clock.until(900.0)) == (1120.0, 1.0, 0.0)
    assert (clock.real(), clock.is_real) == (1002.0, False)


def test_a_jump_is_told_to_whoever_waits_and_never_goes_back() -> None:
    clock = Clock(source=Hands())
    heard: list[float] = []
    clock.on_advance(lambda: heard.append(clock.now()))

    clock.advance(500)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)

    assert (heard, clock.is_real) == ([1500.0], False)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Clock(rate)


JOB = {"poolInfo": {"poolId": "p"}}
HOURLY = {"id": "s", "schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": JOB}


def test_a_jump_makes_happen_what_is_due(tmp_path: Path) -> None:
    async def run_all() -> None:
        engine = Engine(tmp_path, "acct")
        await engine.start()
        try:
            job = engine.add_job({"id": "j", **JOB, "constraints": {"maxWallClockTime": "PT2H"}})
            schedule = engine.timetable.add(HOURLY)
            engine.terminate_job("s:job-1")
            assert engine.idle_since is None  # it will make a job, if only in an hour

            engine.clock.advance(3600)
            assert (schedule.made, job.state) == (2, "active")

            engine.clock.advance(3600)
            assert (job.state, job.terminate_reason) == ("completed", "MaxWallClockTimeExpiry")
            assert schedule.made == 2  # the second job is still there

            engine.timetable.terminate("s")
            assert engine.idle_since is not None
        finally:
            await engine.stop()

    asyncio.run(run_all())


def test_an_engine_that_ran_ahead_goes_on_from_where_it_was(tmp_path: Path) -> None:
    hands = Hands()

    async def run(clock: Clock, *, adds: bool) -> tuple[float, float | None, int]:
        engine = Engine(tmp_path, "acct", clock=clock)
        await engine.start()
        try:
            if adds:
                clock.advance(10_000)
                engine.timetable.add(HOURLY)
                engine.terminate_job("s:job-1")
            schedule = engine.timetable.schedules["s"]
            return clock.now(), schedule.next_run, schedule.made
        finally:
            await engine.stop()

    before = asyncio.run(run(Clock(source=hands), adds=True))
    hands.time += 5
    after = asyncio.run(run(Clock(source=hands), adds=False))

    assert before == (11_000.0, 14_600.0, 1)
    assert after == (11_000.0, 14_600.0, 1)


@pytest.mark.parametrize(
    "option", ["--clock-rate=0", "--clock-rate=-1", "--clock-rate=nan", "--clock-rate=fast", "--clock-skew=1e12"]
)
def test_a_clock_that_cannot_be_is_a_mistake_of_usage(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["serve", option])

    assert exit_.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err
