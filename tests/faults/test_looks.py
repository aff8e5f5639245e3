"""The k-th request of whoever only looks fails, for every k: what is seen stays the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import batchspec
from tests.faults.here import Here, check_look
from tests.faults.scene import Case, Scene

OF_ENDED = {
    "status": (),
    "why": (),
    "wait": (),
    "logs": ("first",),
    "plan": ("--exit-code",),
    "download": (),
}
OF_RUNNING = {
    "status": (),
    "why": ("last",),
    "wait": ("--timeout", "1s"),
    "logs": ("first",),
}
OF_LIVE = {"pool": "p-{}", "job": "j-{}"}
OF_RUN: dict[str, Callable[[batchspec.Run], object]] = {
    "status": lambda run: run.status(),
    "wait": lambda run: run.wait().verdict,
    "logs": lambda run: run.logs("first"),
    "read": lambda run: run.read("first", "sum.txt"),
    "download": lambda run: run.download(run.place.folder / "fetched"),
}
Runs = Callable[[Case], Here]


@pytest.fixture(scope="module")
def ended(the_scene: Scene) -> Iterator[Case]:
    """Work that has ended."""
    with the_scene.case() as made:
        made.given["many"] = "1"
        assert made.apply().code == 0
        yield made


@pytest.fixture(scope="module")
def running(the_scene: Scene) -> Iterator[Case]:
    """Work of which one task runs, and the others wait for it."""
    with the_scene.case() as made:
        made.given |= {"many": "1", "gate": str(made.gate)}
        assert made.apply("--no-wait").code == 0
        made.await_running("first")
        yield made


@pytest.mark.parametrize("command", OF_ENDED)
def test_what_is_said_of_work_that_has_ended_is_true(the_scene: Scene, ended: Case, runs: Runs, command: str) -> None:
    arguments = (command, "spec.yaml", *ended.parameters(), *OF_ENDED[command])

    check_look(the_scene, lambda: runs(ended).told(*arguments))


@pytest.mark.parametrize("command", OF_RUNNING)
def test_what_is_said_of_work_that_goes_on_is_true(the_scene: Scene, running: Case, runs: Runs, command: str) -> None:
    arguments = (command, "spec.yaml", *running.parameters(), *OF_RUNNING[command])

    check_look(the_scene, lambda: runs(running).told(*arguments))


@pytest.mark.parametrize("kind", OF_LIVE)
def test_what_is_exported_is_whole(the_scene: Scene, ended: Case, runs: Runs, kind: str) -> None:
    check_look(the_scene, lambda: runs(ended).told("export", kind, OF_LIVE[kind].format(ended.n)))


@pytest.mark.parametrize("method", OF_RUN)
@pytest.mark.usefixtures("runs")
def test_what_a_run_that_was_found_by_its_id_tells_is_true(the_scene: Scene, ended: Case, method: str) -> None:
    run = batchspec.get_run(f"azure:{ended.job_id}", environ=the_scene.environ, folder=ended.home)

    check_look(the_scene, lambda: OF_RUN[method](run))
