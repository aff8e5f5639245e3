"""Documents as people have them, through the commands: `batchspec import rest FILE`, then `batchspec render`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from batchspec.cli.main import run
from tests.support.command import Folder
from tests.support.wire_values import ROOTS, canonical

DOCUMENTS = sorted((Path(__file__).parent / "documents").glob("*.json"))


def by_kind(document: Any) -> dict[str, list[Any]]:
    """The bodies of a document, by what they make."""
    listed = document if isinstance(document, list) else document.get("value", [document])
    made: dict[str, list[Any]] = {kind: [] for kind in ROOTS}
    for one in listed:
        signs = {"pool": "vmSize", "job": "poolInfo", "job_schedule": "jobSpecification", "task": "commandLine"}
        made[next(kind for kind, sign in signs.items() if sign in one)].append(canonical_of(one, signs))
    return made


def canonical_of(body: Any, signs: dict[str, str]) -> Any:
    kind = next(kind for kind, sign in signs.items() if sign in body)
    return canonical(ROOTS[kind], body)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_what_is_rendered_is_what_was_imported(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "spec.yaml"

    assert run(["import", "rest", str(path), "-o", str(spec)]) == 0
    assert run(["render", str(spec)]) == 0

    wire = json.loads(capsys.readouterr().out)
    for kind, bodies in by_kind(json.loads(path.read_text())).items():
        made = wire.get("tasks", []) if kind == "task" else [wire[kind]] if bodies else []
        assert [canonical(ROOTS[kind], body) for body in made] == bodies


def test_the_commands_as_processes(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(
        {"pool.json": '{"id": "p", "vmSize": "A1"}', "bad.json": "[", "t.json": '{"id": "t", "commandLine": ""}'}
    )

    shown = folder.run("import", "rest", "pool.json", "t.json")
    kept = folder.run("import", "rest", "pool.json", "-o", "spec.yaml")
    again = folder.run("import", "rest", "pool.json", "-o", "spec.yaml")
    forced = folder.run("import", "rest", "pool.json", "-o", "spec.yaml", "--force")
    broken = folder.run("import", "rest", "bad.json")
    missing = folder.run("import", "rest", "none.json")
    nowhere = folder.run("import", "rest", "pool.json", "-o", "none/spec.yaml")

    assert (shown.code, kept.code, again.code, forced.code) == (0, 0, 2, 0)
    assert shown.stdout.startswith("batchspec: v1\nname: p\n")
    assert "note: the tasks come without a job" in shown.stderr
    assert "spec.yaml is there already" in again.stderr
    assert (broken.code, missing.code, nowhere.code) == (1, 1, 4)
    assert broken.stderr == "batchspec: bad.json:1:2: this is not JSON: expecting value\n"


def test_the_variables_of_secrets_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pool.json"
    path.write_text('{"id": "p", "vmSize": "A1", "userAccounts": [{"name": "w", "password": "hunter2"}]}')

    run(["import", "rest", str(path)])

    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
    assert "set POOL_W_PASSWORD" in captured.err
