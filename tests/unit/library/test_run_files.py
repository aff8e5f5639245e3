"""The logs and the outputs of a run: named by task, read, and brought to a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

import batchspec
from batchspec.errors import NotFound, UsageError
from batchspec.ports import CONTAINER_KEY, MARKS
from tests.support.fakes import Behaviour
from tests.support.place import run_in
from tests.support.project import Project
from tests.support.runs import at_the_end, started
from tests.support.world import World


def test_its_logs_are_texts_by_task(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(stdout="one\ntwo\n", stderr="oh\n")})
    at_the_end(world)
    run = run_in(world)

    assert run.logs()["a"] == batchspec.TaskLog("one\ntwo\n", "oh\n")
    assert run.logs("a", tail=1)["a"].stdout == "two\n"
    assert run.logs("group") == {}
    assert [(event.task_id, event.text) for event in run.follow("a")] == [("a", "one\ntwo\n"), ("a", "oh\n")]
    with pytest.raises(UsageError, match='no task "x"'):
        run.logs("x")


def test_a_task_without_a_node_has_its_log_from_storage(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(stdout="gone\n")})
    at_the_end(world)
    world.batch.lost.add("a")
    world.blobs.containers["batchspec"]["outputs/demo/logs/a/stdout.txt"] = b"kept\n"

    assert run_in(world).logs("a")["a"].stdout == "kept\n"
    assert run_in(world, stores=False).logs("a") == {}


def with_outputs(project: Project) -> World:
    world = started(project)
    world.blobs.containers["batchspec"] = {
        "outputs/demo/tasks/a/out.txt": b"1",
        "outputs/demo/groups/group/b/deep/er.bin": b"22",
        "outputs/demo/logs/a/stdout.txt": b"a log is no output",
        "outputs/demo-2/tasks/a/out.txt": b"of another run",
    }
    return world


def test_its_outputs_are_named_by_task_and_path(project: Project) -> None:
    run = run_in(with_outputs(project))

    assert {(one.task_id, one.path, one.size) for one in run.outputs()} == {
        ("a", "out.txt", 1),
        ("b", "deep/er.bin", 2),
    }
    assert [one.path for one in run.outputs("b")] == ["deep/er.bin"]
    assert run.read("b", "deep/er.bin") == b"22"
    with pytest.raises(NotFound, match=r'no output "other\.txt"'):
        run.read("a", "other.txt")


def test_its_outputs_come_to_a_folder(project: Project, tmp_path: Path) -> None:
    run = run_in(with_outputs(project))

    assert run.download(tmp_path / "one", "a") == (tmp_path / "one/a/out.txt",)
    assert run.download(tmp_path / "all") == (tmp_path / "all/a/out.txt", tmp_path / "all/b/deep/er.bin")
    assert (tmp_path / "all/b/deep/er.bin").read_bytes() == b"22"


def test_an_output_whose_name_leads_out_of_the_folder_stays_where_it_is(project: Project, tmp_path: Path) -> None:
    world = with_outputs(project)
    world.blobs.containers["batchspec"]["outputs/demo/tasks/a/../../../../evil"] = b"x"

    run_in(world).download(tmp_path / "in")

    assert list(tmp_path.rglob("evil")) == []
    assert {path.name for path in (tmp_path / "in").rglob("*") if path.is_file()} == {"out.txt", "er.bin"}


def test_a_job_that_is_not_marked_with_its_container_says_so(project: Project) -> None:
    world = started(project)
    view = world.batch.jobs["demo"].view
    marks = {name: value for name, value in view.metadata.items() if name not in MARKS - {"batchspec:spec"}}
    object.__setattr__(view, "metadata", marks)

    with pytest.raises(NotFound) as caught:
        run_in(world).outputs()

    assert CONTAINER_KEY in str(caught.value.hint)
