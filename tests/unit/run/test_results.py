"""Outputs come home: those that were meant, into the folder for them, and what is missing is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from batchspec.compiler.program import Download
from batchspec.errors import ExitCode
from batchspec.run import Options, Verdict
from batchspec.run.events import Downloaded, Downloading
from tests.support.fakes import Behaviour
from tests.support.outputs import output_file
from tests.support.programs import program
from tests.support.world import World, codes, of


def test_outputs_come_home_and_what_is_missing_or_unsafe_is_told(tmp_path: Path) -> None:
    world = World()
    world.blobs.ensure_container("demo")
    world.blobs.containers["demo"] |= {
        "outputs/demo-job/a/map.png": b"map",
        "outputs/demo-job/a/deep/er.txt": b"er",
        "outputs/demo-job/a/../../evil": b"evil",
        "outputs/demo-job/b/one.txt": b"1",
        "outputs/demo-job/b/one.txt.bak": b"no",
    }
    downloads = (
        Download("a", "outputs/demo-job/a/", "demo-job/a", exact=False),
        Download("b", "outputs/demo-job/b/one.txt", "demo-job/b", exact=True),
        Download("b", "outputs/demo-job/b/two.txt", "demo-job/b", exact=True),
    )

    _, report = world.apply(program(["a", "b"], downloads=downloads), Options(results=tmp_path / "out"))

    assert report.verdict is Verdict.SUCCEEDED
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["out/demo-job/a/deep/er.txt", "out/demo-job/a/map.png", "out/demo-job/b/one.txt"]
    assert sorted(path.relative_to(tmp_path).as_posix() for path in report.downloads) == found
    assert sorted(codes(report)) == ["BS808", "BS809"]


@pytest.mark.parametrize(
    ("exit_code", "verdict", "code"),
    [(0, Verdict.UNCOLLECTED, ExitCode.SERVICE), (1, Verdict.FAILED, ExitCode.TASKS_FAILED)],
    ids=["after a success", "after a failure"],
)
def test_results_that_cannot_be_written_are_a_finding_beside_all_that_the_tasks_came_to(
    tmp_path: Path, exit_code: int, verdict: Verdict, code: ExitCode
) -> None:
    (tmp_path / "out").write_text("a file where the folder would be")
    world = World({"a": Behaviour(exit_code=exit_code)})
    world.blobs.containers["demo"] = {"outputs/demo-job/a/x": b"x"}
    made = program(["a"], downloads=(Download("a", "outputs/demo-job/a/", "a", exact=False),))

    _, report = world.apply(made, Options(results=tmp_path / "out"))

    assert (report.verdict, report.exit_code) == (verdict, code)
    assert codes(report)[-1] == "BS811"
    assert "batchspec download" in (report.diagnostics[-1].hint or "")
    assert [row.exit_code for row in report.tasks] == [exit_code]
    assert world.batch.jobs["demo-job"].view.state == "completed"


def test_only_what_the_pattern_means_comes_home(tmp_path: Path) -> None:
    world = World()
    world.blobs.containers["demo"] = {f"outputs/demo-job/a/{name}": b"x" for name in ("a.png", "a.txt", "d/b.png")}
    wanted = Download("a", "outputs/demo-job/a/", "a", exact=False, pattern="**/*.png")

    _, report = world.apply(program(["a"], downloads=(wanted,)), Options(results=tmp_path))

    assert report.downloads == (tmp_path / "a/a.png", tmp_path / "a/d/b.png")


def test_outputs_are_told_of_on_their_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.blobs.containers["demo"] = {"outputs/demo-job/a/large": b"x" * 1000}

    def in_pieces(_container: str, _blob: str, path: Path, moved: Callable[[int], None]) -> None:
        for piece in (400, 1, 599):
            moved(piece)
        path.write_bytes(b"x" * 1000)

    monkeypatch.setattr(world.blobs, "download", in_pieces)
    wanted = Download("a", "outputs/demo-job/a/large", "a", exact=True)

    events, _ = world.apply(program(["a"], downloads=(wanted,)), Options(results=tmp_path))

    told = [(event.done, event.bytes_done) for event in of(events, Downloading)]
    assert told == [(0, 0), (0, 400), (0, 1000), (1, 1000)]  # of one byte more, nothing
    assert of(events, Downloaded) == [Downloaded(tmp_path / "a/large", 1000)]


def test_an_output_that_only_a_failure_leaves_is_not_missed_after_a_success(tmp_path: Path) -> None:
    made = program(["a"], downloads=(Download("a", "outputs/core", "a", exact=True),))
    made.tasks[0].body.output_files = [output_file("x", "https://c", "outputs/core", "taskfailure")]

    _, report = World().apply(made, Options(results=tmp_path))

    assert not report.findings
