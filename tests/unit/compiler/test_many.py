"""Very many tasks: bodies that are made when they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.errors import LocalFailure
from tests.support.project import HEAD, Project

SPEC = f"""{HEAD}tasks:
  - id: t-${{{{ matrix.i }}}}
    matrix: {{i: {{range: 250}}}}
    command: echo ${{{{ matrix.i }}}}
    inputs: [{{path: "data/${{{{ matrix.i }}}}.txt"}}]
    outputs: [{{path: out.txt, download: true}}]
  - {{id: last, command: /bin/true}}
"""


def files() -> dict[str, str]:
    return {"spec.yaml": SPEC, **{f"data/{at}.txt": f"{at % 10}" for at in range(250)}}


def test_tasks_are_a_sequence_whose_ids_and_bodies_agree(tmp_path: Path) -> None:
    program = Project(tmp_path).program(files())

    ids = [*(f"t-{at}" for at in range(250)), "last"]
    assert list(program.task_ids) == [made.body.id for made in program.tasks] == ids
    assert len(program.tasks) == 251
    assert [made.body.command_line for made in program.tasks[248:]] == ["echo 248", "echo 249", "/bin/true"]
    assert program.tasks[-1].body.id == "last"
    with pytest.raises(IndexError):
        program.tasks[251]


def test_a_body_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    program = Project(tmp_path).program(files())

    one, other = program.tasks[7], program.tasks[7]

    assert one.body is not other.body
    assert one.body.serialize() == other.body.serialize()
    assert (one.origin.span, one.origin.pointer) == (other.origin.span, other.origin.pointer)


def test_local_files_are_met_before_any_body_is_made(tmp_path: Path) -> None:
    program = Project(tmp_path).program(files())

    assert sorted(upload.path.read_text() for upload in program.uploads) == [str(at) for at in range(10)]


def test_a_file_that_cannot_be_read_is_told_when_the_program_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = Project(tmp_path).spec(files())

    def closed(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", closed)

    with pytest.raises(LocalFailure, match=r"cannot read the input .*0\.txt"):
        api.compile_program(spec, Placeholders())


def test_downloads_are_told_each_time_they_are_asked_for(tmp_path: Path) -> None:
    downloads = Project(tmp_path).program(files()).downloads

    assert (len(downloads), len(list(downloads)), bool(downloads)) == (250, 250, True)
    assert next(iter(downloads)) in downloads
