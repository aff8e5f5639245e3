"""The shipped specs: planned after an apply there is nothing to do, on every target and with other parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.compiler.program import Program
from batchspec.planning import Action
from batchspec.planning.text import render
from batchspec.run import Options
from batchspec.run.look import plan_of
from batchspec.spec.draft import Settings
from tests.support.world import World

SPECS = Path(__file__).parents[3] / "specs"
PARAMETERS: dict[str, dict[str, Any]] = {"hexgrid-sharded": {"shards": "3"}}


def compiled(path: Path, target: str, parameters: dict[str, Any]) -> list[Program]:
    checked = api.check_files([path], Settings(target=target, parameters=parameters, environ={}))
    assert checked.ok, [one.message for one in checked.diagnostics]
    return [api.compile_program(spec, Placeholders()) for spec in checked.specs]


@pytest.mark.parametrize("target", ["azure", "local"])
@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_spec_that_was_applied_has_no_changes(path: Path, target: str) -> None:
    for parameters in ({}, PARAMETERS.get(path.stem, {})):
        for program in compiled(path, target, parameters):
            world = World()
            before = plan_of(program, world.batch, world.blobs, world.clock)

            world.apply(program, Options(wait=False))
            while_it_runs = plan_of(program, world.batch, world.blobs, world.clock)
            world.clock.sleep(60.0)
            later = plan_of(program, world.batch, world.blobs, world.clock)

            assert not before.empty
            assert not before.destroys
            assert while_it_runs.empty, render(while_it_runs)
            assert not later.destroys
            assert all(change.due for change in later.changes if change.action is not Action.NOTHING), render(later)

            world.apply(program)
            left = plan_of(program, world.batch, world.blobs, world.clock)

            assert left.empty, render(left)
