"""The whole line against services in memory: what happens, in which order, and what it comes to."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azure.batch.models import (
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadCondition,
    OutputFileUploadOptions,
)

from batchspec.compiler.program import Download
from batchspec.errors import ExitCode, LocalFailure
from batchspec.ports import Fault, PrepView
from batchspec.run import Options, Verdict, apply
from batchspec.run.events import (
    Armed,
    CountsMoved,
    Finished,
    Found,
    JobReady,
    JobTerminated,
    Output,
    PoolReady,
    TaskMoved,
    TasksAdded,
    Unfollowed,
    Uploading,
)
from tests.support.fakes import Behaviour
from tests.support.programs import input_of, job_of, pool_of, program
from tests.support.world import World, codes, of


def output(blob: str, condition: OutputFileUploadCondition) -> OutputFile:
    container = OutputFileBlobContainerDestination(container_url="https://c", path=blob)
    return OutputFile(
        file_pattern="x",
        destination=OutputFileDestination(container=container),
        upload_options=OutputFileUploadOptions(upload_condition=condition),
    )


def test_a_chain_of_tasks_succeeds_and_is_reported_in_the_order_of_the_spec() -> None:
    world = World()

    events, report = world.apply(program({"c": ["b"], "b": ["a"], "a": []}))

    assert report.verdict is Verdict.SUCCEEDED
    assert report.exit_code is ExitCode.OK
    rows = [(row.id, row.exit_code, row.duration) for row in report.tasks]
    assert rows == [  # type: ignore[comparison-overlap]  # approx is no float
        ("c", 0, pytest.approx(1.0, abs=0.5)),
        ("b", 0, pytest.approx(1.0, abs=0.5)),
        ("a", 0, pytest.approx(1.0, abs=0.5)),
    ]
    assert of(events, PoolReady) == [PoolReady("demo-pool", created=True)]
    assert of(events, JobReady) == [JobReady("demo-job", "created")]


def test_the_job_is_armed_only_after_all_of_its_tasks_were_added() -> None:
    events, _ = World().apply(program([f"t{n}" for n in range(250)]), Options(wait=False))

    assert of(events, TasksAdded)[-1] == TasksAdded(250, 250)
    assert [type(event) for event in events[-2:]] == [Armed, Finished]


def test_without_waiting_the_verdict_is_submitted() -> None:
    _, report = World().apply(program(["a"]), Options(wait=False))

    assert report.verdict is Verdict.SUBMITTED
    assert report.exit_code is ExitCode.OK


def test_dependents_of_a_failed_task_are_named_and_the_job_is_ended() -> None:
    world = World({"a": Behaviour(exit_code=3, stderr="one\nkaboom\n")})

    events, report = world.apply(program({"a": [], "b": ["a"], "c": ["b"], "d": []}))

    assert report.verdict is Verdict.FAILED
    assert report.exit_code is ExitCode.TASKS_FAILED
    assert codes(report) == ["BS801", "BS802", "BS802"]
    assert report.findings[0].excerpt == "one\nkaboom"
    assert report.blocked == 2
    assert [row.state for row in report.tasks] == ["completed", "blocked", "blocked", "completed"]
    assert of(events, JobTerminated)[0].job_id == "demo-job"
    assert world.batch.jobs["demo-job"].view.state == "completed"


def test_a_failed_job_is_told_again_by_the_next_apply_and_nothing_is_added() -> None:
    world = World({"a": Behaviour(exit_code=3)})
    made = program({"a": [], "b": ["a"]})
    world.apply(made)

    events, report = world.apply(made)

    assert report.verdict is Verdict.FAILED
    assert of(events, JobReady) == [JobReady("demo-job", "completed")]
    assert codes(report) == ["BS801", "BS802"]
    assert not of(events, TasksAdded)


def test_an_interrupted_submission_is_finished_by_the_next_apply() -> None:
    world = World()
    made = program([f"t{n}" for n in range(500)])
    for event in apply(made, world.batch, world.blobs, world.clock):
        if isinstance(event, TasksAdded) and event.done:
            break
    assert not world.batch.jobs["demo-job"].view.armed

    events, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert report.counts.succeeded == 500
    assert of(events, JobReady) == [JobReady("demo-job", "resumed")]
    assert world.batch.log == ["add pool demo-pool", "add job demo-job"]


def test_closing_the_iterator_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    world = World()
    events = apply(program([f"t{n}" for n in range(500)]), world.batch, world.blobs, world.clock)
    for event in events:
        if isinstance(event, TasksAdded) and event.done:
            break

    events.close()

    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("name", "fingerprint", "code"),
    [("demo", "other", "BS601"), ("stranger", "f1", "BS602")],
    ids=["a pool of ours that differs", "a pool of somebody else"],
)
def test_a_pool_that_somebody_makes_meanwhile_is_left_alone(name: str, fingerprint: str, code: str) -> None:
    world = World()
    there = pool_of(program(["a"], fingerprint=fingerprint))
    if name != "demo":
        there.metadata[0].value = name

    _, report = world.apply(program(["a"]), Options(hold=lambda _plan: world.batch.add_pool(there)))

    assert report.verdict is Verdict.REFUSED
    assert report.exit_code is ExitCode.SERVICE
    assert codes(report) == [code]
    assert "demo-job" not in world.batch.jobs


def test_a_job_of_ours_that_somebody_makes_meanwhile_and_that_differs_is_left_alone() -> None:
    world = World()
    there = job_of(program(["a"], fingerprint="other", on_all_tasks_complete="noaction"))

    _, report = world.apply(program(["a"]), Options(hold=lambda _plan: world.batch.add_job(there)))

    assert codes(report) == ["BS603"]
    assert report.diagnostics[0].pointer == "/job"


def test_what_is_somebody_elses_makes_nothing() -> None:
    world = World()
    there = job_of(program(["a"]))
    there.metadata[0].value = "stranger"
    world.batch.add_job(there)

    _, report = world.apply(program(["a"]))

    assert codes(report) == ["BS602"]
    assert not world.batch.pools, "a pool that nobody would use costs all the same"


def test_a_completed_job_needs_no_pool_and_no_inputs(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("in")
    world = World()
    made = program(["a"], uploads=(input_of(tmp_path / "in"),))
    world.apply(made)
    world.batch.pools.clear()
    world.blobs.uploads.clear()

    events, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert of(events, JobReady) == [JobReady("demo-job", "completed")]
    assert (world.batch.pools, world.blobs.uploads) == ({}, [])


def test_a_pool_that_is_being_deleted_is_waited_for() -> None:
    world = World()
    made = program(["a"])
    world.batch.add_pool(pool_of(made))
    world.batch.delete_pool("demo-pool")

    _, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED


def test_a_refused_task_is_told_at_its_place_and_the_job_stays_unarmed() -> None:
    world = World()
    world.batch.refusals["b"] = Fault("InvalidPropertyValue", "Not valid.", {"PropertyName": "commandLine"})

    _, report = world.apply(program(["a", "b", "c"]))

    assert codes(report) == ["BS702"]
    assert report.diagnostics[0].pointer == "/tasks/1"
    assert not world.batch.jobs["demo-job"].view.armed


def test_tasks_that_the_service_failed_to_add_are_added_again() -> None:
    world = World()
    world.batch.server_errors = {"a": 2, "c": 1}

    _, report = world.apply(program(["a", "b", "c"]))

    assert report.verdict is Verdict.SUCCEEDED
    assert report.counts.succeeded == 3


def test_requests_that_are_too_large_are_halved() -> None:
    world = World(largest=7)

    _, report = world.apply(program([f"t{n}" for n in range(120)]))

    assert report.counts.succeeded == 120


def test_a_task_that_is_too_large_alone_is_told() -> None:
    _, report = World(largest=0).apply(program(["a"]))

    assert codes(report) == ["BS702"]


def test_a_failed_start_task_ends_the_watch_with_its_last_lines() -> None:
    world = World(node_state="starttaskfailed")
    world.batch.node_files["startup/stderr.txt"] = "E: no such package\n"

    _, report = world.apply(program(["a"]))

    assert report.verdict is Verdict.BLOCKED
    assert report.exit_code is ExitCode.TASKS_FAILED
    assert codes(report) == ["BS803"]
    assert report.findings[0].excerpt == "E: no such package"


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        (1, 'node "node-0"'),
        (2, 'nodes "node-0", "node-1"'),
        (50, 'nodes "node-0", "node-1", "node-2" and 47 more'),
    ],
)
def test_what_fails_on_many_nodes_is_told_once_with_the_first_of_them(nodes: int, named: str) -> None:
    _, report = World(node_state="starttaskfailed", nodes=nodes).apply(program(["a"]))

    assert [found.message for found in report.diagnostics] == [
        f'pool "demo-pool" can run no task: the start task failed on {named}'
    ]


def test_a_node_that_fails_beside_others_that_work_is_told_once() -> None:
    world = World({"a": Behaviour(seconds=600.0)}, node_state="idle", slots=0)
    events = []
    for event in apply(program(["a"]), world.batch, world.blobs, world.clock, Options(timeout=60.0)):
        events.append(event)
        if isinstance(event, Armed):
            pool = world.batch.pools["demo-pool"]
            pool.nodes[0] = replace(pool.nodes[0], state="starttaskfailed", start_task_exit_code=7)

    report = of(events, Finished)[0].report
    assert report.verdict is Verdict.TIMED_OUT
    assert [found.message for found in report.diagnostics] == [
        'the start task failed on node "node-0" with exit code 7'
    ]


@pytest.mark.parametrize("state", ["unusable", "unknown"])
def test_unusable_and_lost_nodes_are_given_time_before_they_end_the_watch(state: str) -> None:
    world = World(node_state=state)

    _, report = world.apply(program(["a"]))

    assert codes(report)[-1] == "BS804"
    assert world.clock.time > 100


def test_a_pool_without_nodes_ends_the_watch_with_the_reason() -> None:
    world = World(nodes=0)
    world.batch.resize_errors = (Fault("AccountCoreQuotaReached", "The quota was reached."),)

    _, report = world.apply(program(["a"]))

    assert codes(report) == ["BS805"]
    assert "quota" in (report.diagnostics[0].hint or "")


def test_a_failed_job_preparation_ends_the_watch_with_its_last_lines() -> None:
    world = World(nodes=1)
    world.batch.prep_failure = PrepView("", "completed", succeeded=False, exit_code=1, root="workitems/j/prep")
    world.batch.node_files["workitems/j/prep/stderr.txt"] = "pip: no such thing\n"

    _, report = world.apply(program(["a"], prepare=True))

    assert codes(report) == ["BS806"]
    assert report.findings[0].excerpt == "pip: no such thing"


def test_a_pool_that_is_deleted_under_way_ends_the_watch() -> None:
    world = World({"a": Behaviour(seconds=1e6)})
    events = apply(program(["a", "b", "c", "d", "e"]), world.batch, world.blobs, world.clock)
    report = None
    for event in events:
        if isinstance(event, Armed):
            world.batch.pools.clear()
        if isinstance(event, Finished):
            report = event.report

    assert report is not None
    assert codes(report) == ["BS810"]


def test_a_job_that_somebody_ends_is_told() -> None:
    world = World({"a": Behaviour(seconds=1e6)}, nodes=1, slots=1)
    events = []
    for event in apply(program(["a", "b"]), world.batch, world.blobs, world.clock):
        events.append(event)
        if isinstance(event, TaskMoved) and event.task.state == "running":
            world.batch.terminate_job("demo-job", "by hand")

    report = of(events, Finished)[0].report
    assert report.verdict is Verdict.FAILED
    assert "BS807" in codes(report)


def test_a_timeout_names_what_is_still_running_and_leaves_the_job() -> None:
    world = World({"slow": Behaviour(seconds=1e6)})

    _, report = world.apply(program(["quick", "slow"]), Options(timeout=30.0))

    assert report.verdict is Verdict.TIMED_OUT
    assert report.exit_code is ExitCode.TIMED_OUT
    assert report.running == ("slow",)
    assert world.batch.jobs["demo-job"].view.state == "active"
    assert world.clock.time == pytest.approx(30.0, abs=1.0)


def test_what_a_task_prints_is_whole_before_its_end_is_told() -> None:
    text = "".join(f"zeile {n} ä€😀\n" for n in range(50)) + "no end of line"
    world = World({"a": Behaviour(seconds=5.0, stdout=text, stderr="oops\n")})

    events, _ = world.apply(program(["a"]))

    printed = "".join(event.text for event in of(events, Output) if event.stream == "stdout")
    assert printed == text
    ends = [at for at, event in enumerate(events) if isinstance(event, TaskMoved) and event.task.succeeded]
    outputs = [at for at, event in enumerate(events) if isinstance(event, Output)]
    assert len(outputs) > 2, "shown while it ran, not only at its end"
    assert max(outputs) < ends[0]


def test_large_jobs_are_not_followed_unless_asked_for() -> None:
    behaviours = {"t0": Behaviour(stdout="hello\n")}
    made = program([f"t{n}" for n in range(101)])

    quiet, _ = World(behaviours).apply(made)
    unwanted, _ = World(behaviours).apply(made, Options(follow=False))
    followed, _ = World(behaviours).apply(made, Options(follow=True))

    assert not of(quiet, Output)
    assert of(quiet, Unfollowed) == [Unfollowed(101, 100)]
    assert not of(unwanted, Unfollowed)
    assert not of(followed, Unfollowed)
    assert of(followed, Output) == [Output("t0", "stdout", "hello\n")]


def test_the_counts_and_every_end_are_told_once() -> None:
    events, _ = World().apply(program([f"t{n}" for n in range(40)]))

    ends = [event.task.id for event in of(events, TaskMoved) if event.task.state == "completed"]
    assert sorted(ends) == sorted(f"t{n}" for n in range(40))
    counts = [event.counts for event in of(events, CountsMoved)]
    assert len(counts) == len(set(counts))


def test_only_what_the_container_lacks_is_uploaded(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).write_text(name)
    one, two, three = uploads = tuple(input_of(tmp_path / name) for name in ("one", "two", "three"))
    world = World()
    world.blobs.ensure_container("demo")
    world.blobs.containers["demo"][two.blob] = b"two"

    events, _ = world.apply(program(["a"], uploads=uploads))

    assert sorted(world.blobs.uploads) == sorted([one.blob, three.blob])
    assert of(events, Uploading)[-1] == Uploading(2, 2, 8, 8, 1)


def test_a_large_input_is_told_of_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").write_bytes(b"x" * 1000)
    wanted = input_of(tmp_path / "in")
    world = World()

    def in_pieces(*arguments: Any, **_: object) -> None:
        for piece in (400, 1, 599):
            arguments[-1](piece)

    monkeypatch.setattr(world.blobs, "upload", in_pieces)

    events, _ = world.apply(program(["a"], uploads=(wanted,)))

    told = [(event.done, event.bytes_done) for event in of(events, Uploading)]
    assert told == [(0, 0), (0, 400), (1, 1000)]  # of what is read and not sent yet, and of one byte more, nothing


def test_a_stored_input_of_another_size_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("whole")
    wanted = input_of(tmp_path / "in")
    world = World()
    world.blobs.containers["demo"] = {wanted.blob: b"who"}

    world.apply(program(["a"], uploads=(wanted,)))

    assert world.blobs.containers["demo"] == {wanted.blob: b"whole"}


@pytest.mark.parametrize("text", ["new", "newer"], ids=["of the same size", "of another size"])
def test_an_input_that_changed_since_it_was_read_is_never_stored(tmp_path: Path, text: str) -> None:
    (tmp_path / "in").write_text("old")
    wanted = input_of(tmp_path / "in")
    (tmp_path / "in").write_text(text)
    world = World()

    with pytest.raises(LocalFailure):
        world.apply(program(["a"], uploads=(wanted,)))

    assert world.blobs.containers == {"demo": {}}


def test_the_container_is_there_for_tasks_that_store_and_fetch_nothing_else() -> None:
    world = World()
    made = program(["a"])
    made.tasks[0].body.output_files = [output("outputs/x", OutputFileUploadCondition.task_success)]

    world.apply(made)

    assert world.blobs.containers == {"demo": {}}


def test_without_files_no_storage_is_asked_for() -> None:
    world = World()

    world.apply(program(["a"]))

    assert world.blobs.faults.count == 0


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


def test_an_output_that_only_a_failure_leaves_is_not_missed_after_a_success(tmp_path: Path) -> None:
    made = program(["a"], downloads=(Download("a", "outputs/core", "a", exact=True),))
    made.tasks[0].body.output_files = [output("outputs/core", OutputFileUploadCondition.task_failure)]

    _, report = World().apply(made, Options(results=tmp_path))

    assert not report.findings


def test_findings_of_the_run_are_told_as_they_are_found_and_again_in_the_report() -> None:
    events, report = World({"a": Behaviour(exit_code=1)}).apply(program(["a"]))

    assert tuple(event.finding for event in of(events, Found)) == report.findings != ()
