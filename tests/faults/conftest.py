"""A scene for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.scene import Case, Scene, scene


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
