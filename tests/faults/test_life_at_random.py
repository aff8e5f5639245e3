"""The whole life of a spec, at random, and as it was found to go wrong: steps.py has the steps, laws.py the laws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from azure.storage.blob import BlobServiceClient

from tests.faults.life import Life
from tests.faults.scene import Scene, scene
from tests.faults.steps import live, submit
from tests.faults.wanted import SIZES, Work

STEPS = 10
NUMBERS = count(1000)  # of lives without a seed of their own

pytestmark = pytest.mark.timeout(600)  # a command that hangs is told by the life itself


@pytest.fixture(scope="module")
def the_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One whose commands do not really wait for long."""
    with scene(tmp_path_factory.mktemp("lives"), hasty=True) as made:
        yield made


@pytest.fixture(scope="module")
def blobs(the_scene: Scene) -> Iterator[BlobServiceClient]:
    with the_scene.emulator.blobs() as made:
        yield made


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_to_a_spec_the_laws_hold(the_scene: Scene, blobs: BlobServiceClient, seed: int) -> None:
    live(Life(the_scene, blobs, seed), STEPS)


@pytest.fixture
def life(the_scene: Scene, blobs: BlobServiceClient) -> Life:
    """One whose steps are not at random."""
    return Life(the_scene, blobs, next(NUMBERS))


def test_a_job_whose_last_tasks_go_takes_the_new_ones_before_it_ends(life: Life) -> None:
    life.wanted = replace(life.wanted, tasks={"old": Work(0, "waits")})
    submit(life)

    life.wanted = replace(life.wanted, tasks={"new": Work(1)})
    life.apply()

    assert tasks_of(life) == {"new"}


def test_a_job_whose_last_task_ends_while_it_is_paused_takes_the_new_ones_before_it_goes_on(life: Life) -> None:
    life.wanted = replace(life.wanted, tasks={"old": Work(0, "waits")})
    submit(life)

    life.wanted = replace(life.wanted, tasks={**life.wanted.tasks, "new": Work(1)}, vm_size=SIZES[1])
    life.apply()

    assert tasks_of(life) == {"old", "new"}


def tasks_of(life: Life) -> set[str]:
    _, job = life.look().run(life.wanted)
    return set() if job is None else {*job.tasks}
