"""The shipped specs that the local service runs: applied, exported, and planned from the export as no changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.command import Folder

SPECS = Path(__file__).parents[2] / "specs"
EXPORTS = {  # what is exported of each
    "hexgrid": ("job", "hexgrid-2020-01-01"),
    "hexgrid-sharded": ("job", "hexgrid-sharded-2020-01-01-4"),
    "hexgrid-daily": ("schedule", "hexgrid-daily"),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", EXPORTS)
def test_the_export_of_a_shipped_spec_plans_as_no_changes_and_applies(folder: Folder, name: str) -> None:
    kind, id_ = EXPORTS[name]
    shutil.copytree(SPECS, folder.path / "specs")
    (folder.path / "again").mkdir()

    applied = folder.run("apply", f"specs/{name}.yaml", "--no-wait")
    exported = folder.run("export", kind, id_, "-o", "again/spec.yaml")
    pool = folder.run("export", "pool", name, "-o", "again/pool.yaml")
    shutil.rmtree(folder.path / "specs")  # the export needs none of its files
    planned = folder.run("plan", "again/spec.yaml", "--exit-code", "--format", "json")
    planned_pool = folder.run("plan", "again/pool.yaml", "--exit-code", "--format", "json")
    again = folder.run("apply", "again/spec.yaml", "--no-wait")

    assert applied.code == exported.code == pool.code == 0, applied.stdout + exported.stderr
    assert "without a signature" not in exported.stderr
    assert json.loads(planned.stdout)["empty"], planned.stdout
    assert (planned.code, planned_pool.code) == (0, 0), planned_pool.stdout
    assert again.code == 0
