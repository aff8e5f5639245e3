"""The k-th request fails, for every k and in every way: nothing is lost, made twice or called what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchspec.compiler.program import Download, Program
from batchspec.errors import Busy, Unreachable
from batchspec.run import Options, Report, Verdict, apply, destroy
from batchspec.run.events import Finished, Waiting
from tests.support.fakes import Behaviour, FakeBatch, FakeBlob, FakeClock, Faults
from tests.support.programs import input_of, program

GRAPH = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "bad": (), "never": ("bad",)}


class World:
    """Both services behind one count of requests."""

    def __init__(self, tmp_path: Path, faults: Faults) -> None:
        (tmp_path / "in.txt").write_text("in")
        self.clock = FakeClock()
        self.faults = faults
        behaviours = {"bad": Behaviour(exit_code=2, stderr="bad\n"), "a": Behaviour(stdout="hello\n")}
        self.batch = FakeBatch(self.clock, behaviours, faults=faults)
        self.blobs = FakeBlob(faults)
        self.blobs.containers["demo"] = {"outputs/demo-job/d/x": b"x"}
        self.options = Options(results=tmp_path / "out")
        self.waits = 0

    def made(self) -> Program:
        source = self.options.results.parent / "in.txt"
        return program(
            GRAPH,
            uploads=(input_of(source),),
            downloads=(Download("d", "outputs/demo-job/d/x", "d", exact=True),),
        )

    def apply(self) -> Report:
        report = None
        for event in apply(self.made(), self.batch, self.blobs, self.clock, self.options):
            if isinstance(event, Finished):
                report = event.report
            self.waits += isinstance(event, Waiting)
        assert report is not None
        return report

    def check(self) -> None:
        """What must hold after whatever happened: one pool, one job, every task once, and the truth told."""
        report = self.apply()
        assert report.verdict is Verdict.FAILED
        assert [found.code for found in report.diagnostics] == ["BS801", "BS802"]
        assert [row.id for row in report.tasks if row.succeeded] == ["a", "b", "c", "d"]
        assert self.batch.log.count("add pool demo-pool") == 1
        assert self.batch.log.count("add job demo-job") == 1
        assert sorted(self.batch.jobs["demo-job"].order) == sorted(GRAPH)
        assert self.blobs.containers["demo"][self.made().uploads[0].blob] == b"in"
        assert [path.read_bytes() for path in report.downloads] == [b"x"]


def requests_of_an_apply(tmp_path: Path) -> int:
    faults = Faults()
    World(tmp_path, faults).check()
    return faults.count


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_the_apply_and_the_next_one_tell_the_truth(tmp_path: Path, kind: str) -> None:
    for k in range(1, requests_of_an_apply(tmp_path) + 1):
        world = World(tmp_path, Faults(k, kind))

        world.check()

        assert world.faults.hit, k
        assert world.waits >= 1, k
        world.check()


class Down(Faults):
    """From the k-th request on nothing answers."""

    def guard(self, request: object) -> object:
        self.count += 1
        if self.k is not None and self.count >= self.k:
            raise Unreachable("no answer")
        return request()  # type: ignore[operator]  # a function


def test_a_service_that_goes_away_ends_the_apply_with_an_error_and_the_next_one_goes_on(tmp_path: Path) -> None:
    for k in range(1, requests_of_an_apply(tmp_path) + 1):
        world = World(tmp_path, Down(k))

        with pytest.raises(Unreachable):
            world.apply()

        world.faults.k = None
        world.check()


def abandoned(world: World) -> Iterator[int]:
    """Applies that are left after ever more events."""
    total = sum(1 for _ in apply(world.made(), world.batch, world.blobs, world.clock, world.options))
    yield from range(1, total)


def test_an_apply_that_is_killed_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    for steps in abandoned(World(tmp_path, Faults())):
        world = World(tmp_path, Faults())
        events = apply(world.made(), world.batch, world.blobs, world.clock, world.options)
        for _ in range(steps):
            next(events)
        events.close()

        world.check()


def test_a_service_that_stays_busy_is_given_up_after_a_while(tmp_path: Path) -> None:
    class AlwaysBusy(Faults):
        def guard(self, request: object) -> object:  # noqa: ARG002  # the base's
            raise Busy("busy", status=503, retry_after=10.0)

    world = World(tmp_path, AlwaysBusy())

    with pytest.raises(Busy):
        world.apply()

    assert 200 < world.clock.time < 400


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_of_a_destroy_fails_nothing_of_ours_is_left(tmp_path: Path, kind: str) -> None:
    k = 0
    while True:
        k += 1
        world = World(tmp_path, Faults())
        world.apply()
        faults = Faults(k, kind)
        world.batch.faults = world.blobs.faults = faults

        list(destroy(world.made(), world.batch, world.blobs, world.clock))

        assert not world.batch.pools
        assert not world.batch.jobs
        assert list(world.blobs.containers["demo"]) == [world.made().uploads[0].blob]
        if not faults.hit:
            return
