"""A scene for the tests of a module."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest
import typer.main

from batchspec.run.retry import Patience
from tests.faults.here import Here
from tests.faults.inside import IMPATIENCE, HastyClock
from tests.faults.scene import Case, Scene, scene

PARSER = functools.cache(typer.main.get_command)  # it is a third of a command's time to make it


@pytest.fixture(scope="module")
def the_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One emulator for all tests of a module."""
    with scene(tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture
def case(the_scene: Scene) -> Iterator[Case]:
    """The spec with ids of its own."""
    with the_scene.case() as made:
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process an answer that does not come is not waited for as long as usual, and few tasks need several
    requests. Where the machine is slow, one that would have come is made again and again."""
    monkeypatch.setattr("batchspec.service.transport.READ", IMPATIENCE)
    monkeypatch.setattr("batchspec.service.blob.READ", IMPATIENCE)
    monkeypatch.setattr(Patience.__init__, "__defaults__", (Patience.busy, Patience.reach, Patience.reach))
    monkeypatch.setattr("batchspec.run.adding.PER_REQUEST", 3)


@pytest.fixture
def runs(
    the_scene: Scene,
    impatient: None,  # noqa: ARG001  # what it does holds here, too
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Case], Here]:
    """Makes the commands of a case, which run in this process."""
    monkeypatch.setattr("typer.main.get_command", PARSER)
    monkeypatch.chdir(the_scene.commands.folder)
    monkeypatch.setattr("batchspec.service.clock.SystemClock", HastyClock)
    for name, value in the_scene.environ.items():
        monkeypatch.setenv(name, value)
    return Here
