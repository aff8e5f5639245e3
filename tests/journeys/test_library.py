"""batchspec as a library, on the local target: several processes and threads, and what the pages show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import batchspec
from batchspec.errors import NotFound, UsageError
from batchspec.run.events import Finished, Output, TaskMoved
from batchspec.run.report import Verdict
from tests.support.emulator import none_left

ROOT = Path(__file__).parents[2]
SPEC = """\
batchspec: v1
name: stations
parameters:
  date: {type: string, format: date, default: "2020-01-01"}
pool: {id: stations, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 4}
job: {id: "stations-${{ params.date }}", timeout: 1h}
tasks:
  - id: count
    inputs: [{path: stations.txt}]
    run: wc -l < stations.txt | tee counted.txt
    outputs: [{path: counted.txt, download: true}]
  - {id: after, depends_on: [count], command: /bin/true}
"""
FAILING = SPEC.replace("run: wc -l <", "run: echo no stations >&2; exit 3; wc -l <")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a spec, for this process and others; its local service ends with the test."""
    for name in [name for name in os.environ if name.startswith(("AZURE_", "BATCHSPEC_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "stations.txt").write_text("one\ntwo\nthree\n")
    yield tmp_path
    root = tmp_path / ".batchspec/local"
    subprocess.run([sys.executable, "-m", "batchspec.emulator", "stop", "--root", str(root)], check=True)
    assert none_left(root)


def elsewhere(place: Path, script: str, *arguments: str) -> str:
    """What a script prints in a process of its own."""
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_is_followed_from_another_process_when_its_spec_is_gone(place: Path) -> None:
    run = batchspec.apply(batchspec.load(place / "spec.yaml", folder=place), wait=False)
    (place / "spec.yaml").unlink()

    script = (
        "import sys, batchspec\n"
        "run = batchspec.get_run(sys.argv[1])\n"
        "print(run.wait(timeout=45).verdict.value, run.status().done, run.logs('count')['count'].stdout.strip())\n"
        "print(*run.download('here'))"
    )
    printed = elsewhere(place, script, run.id)

    assert run.id == "local:stations-2020-01-01"
    assert run.report is not None
    assert run.report.verdict is Verdict.SUBMITTED
    assert printed == "succeeded True 3\nhere/count/counted.txt\n"
    assert (place / "here/count/counted.txt").read_text() == "3\n"


def test_two_threads_apply_two_specs_at_once_where_no_service_runs_yet(place: Path) -> None:
    renamed = SPEC.replace("name: stations", "name: other").replace("id: stations", "id: other")
    (place / "other.yaml").write_text(renamed.replace('id: "stations', 'id: "other'))
    together = Barrier(2)

    def apply(name: str) -> batchspec.Run:
        spec = batchspec.load(place / name, folder=place)
        together.wait(10)
        return batchspec.apply(spec, timeout=45)

    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(apply, ["spec.yaml", "other.yaml"]))

    assert [run.job_id for run in runs] == ["stations-2020-01-01", "other-2020-01-01"]
    assert [run.report.verdict for run in runs if run.report] == [Verdict.SUCCEEDED] * 2
    assert [run.read("count", "counted.txt") for run in runs] == [b"3\n"] * 2


def test_threads_share_one_run(place: Path) -> None:
    run = batchspec.apply(batchspec.load(place / "spec.yaml", folder=place), wait=False)

    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda _: run.wait(timeout=45), range(4)))

    assert {report.verdict for report in reports} == {Verdict.SUCCEEDED}


def test_it_tells_what_happens_and_prints_nothing(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    events: list[batchspec.Event] = []

    run = batchspec.apply(batchspec.load(place / "spec.yaml", folder=place), on_event=events.append, timeout=45)

    assert isinstance(events[-1], Finished)
    assert events[-1].report == run.report
    assert ("count", "stdout", "3\n") in [(e.task_id, e.stream, e.text) for e in events if isinstance(e, Output)]
    assert [e.task.id for e in events if isinstance(e, TaskMoved) and e.task.succeeded] == ["count", "after"]
    assert (place / "outputs/stations-2020-01-01/count/counted.txt").read_text() == "3\n"
    assert capfd.readouterr() == ("", "")


def test_an_apply_that_its_listener_ends_leaves_the_job_to_go_on(place: Path) -> None:
    spec = batchspec.load(place / "spec.yaml", folder=place)

    def stop(event: batchspec.Event) -> None:
        if isinstance(event, TaskMoved):
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        batchspec.apply(spec, on_event=stop)

    assert batchspec.get_run("local:stations-2020-01-01", folder=place).wait(timeout=45).verdict is Verdict.SUCCEEDED


def test_a_second_apply_does_nothing_and_a_rerun_is_a_run_of_its_own(place: Path) -> None:
    spec = batchspec.load(place / "spec.yaml", folder=place)
    first = batchspec.apply(spec, timeout=45)

    assert batchspec.plan(spec).empty
    assert batchspec.apply(spec, timeout=45).id == first.id
    again = batchspec.apply(spec, rerun=True, timeout=45)

    assert again.id == f"{first.id}-2"
    assert again.wait(timeout=45).verdict is first.wait(timeout=45).verdict is Verdict.SUCCEEDED


def test_work_that_fails_is_a_verdict_and_says_why_in_any_process(place: Path) -> None:
    (place / "spec.yaml").write_text(FAILING)
    run = batchspec.apply(batchspec.load(place / "spec.yaml", folder=place), wait=False)

    report = batchspec.get_run(run.id, folder=place).wait(timeout=45)
    status = run.status()

    assert report.verdict is status.verdict is Verdict.FAILED
    assert (status.counts.failed, status.blocked, status.state) == (1, 1, "active")
    assert [found.diagnostic.code for found in report.findings] == ["BS801", "BS802"]
    assert report.findings[0].excerpt == "no stations"
    run.cancel()
    assert run.status().state in ("terminating", "completed")


def test_what_would_be_lost_needs_somebody_who_agrees(place: Path) -> None:
    spec = batchspec.load(place / "spec.yaml", folder=place)
    batchspec.apply(spec, timeout=45)
    (place / "spec.yaml").write_text(SPEC.replace("Standard_D2s_v5", "Standard_D4s_v5").replace("01-01", "03-03"))
    other = batchspec.load(place / "spec.yaml", folder=place)
    seen: list[str] = []

    def agree(plan: batchspec.Plan) -> bool:
        seen.extend(change.kind for change in plan.destroys)
        return True

    with pytest.raises(UsageError, match="replace pool stations"):
        batchspec.apply(other, wait=False)
    run = batchspec.apply(other, wait=False, agree=agree)

    assert seen == ["pool"]
    assert run.wait(timeout=45).verdict is Verdict.SUCCEEDED


def test_what_is_somebody_elses_is_refused_with_the_reason(place: Path) -> None:
    batchspec.apply(batchspec.load(place / "spec.yaml", folder=place), wait=False)
    (place / "spec.yaml").write_text(SPEC.replace("name: stations", "name: another"))

    with pytest.raises(batchspec.NotApplied) as caught:
        batchspec.apply(batchspec.load(place / "spec.yaml", folder=place), wait=False)

    assert "BS602" in [one.code for one in caught.value.report.diagnostics]
    assert "was not made by this spec" in caught.value.message


def test_a_spec_without_a_job_is_applied_and_has_no_run(place: Path) -> None:
    (place / "spec.yaml").write_text(SPEC.partition("job:")[0])

    run = batchspec.apply(batchspec.load(place / "spec.yaml", folder=place))

    assert run.report is not None
    assert (run.report.verdict, run.report.pool_id) == (Verdict.READY, "stations")
    with pytest.raises(UsageError, match="no run to follow"):
        _ = run.id


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_of_the_page_run(place: Path) -> None:
    apply, follow = blocks("docs/library.md")

    *changes, run_id = elsewhere(place, apply).splitlines()
    printed = elsewhere(place, follow, run_id)

    assert "create pool stations" in changes
    assert "create job stations-2020-01-02" in changes
    assert run_id == "local:stations-2020-01-02"
    assert printed == "3\n\n3\n\n"


def test_the_example_of_the_readme_runs(place: Path) -> None:
    (example,) = blocks("README.md")

    assert elsewhere(place, example) == "local:stations-2020-01-02 succeeded\n"


def test_the_page_names_what_there_is() -> None:
    page = (ROOT / "docs/library.md").read_text(encoding="utf-8")
    members = {name: callable(value) for name, value in vars(batchspec.Run).items() if not name.startswith("_")}
    functions = {name for name in batchspec.__all__ if name.islower()}

    assert {name for name in functions if f"`{name}(" not in page} - {"loads"} == set()
    assert {name for name, called in members.items() if (f"`{name}(" if called else f"`{name}`") not in page} == set()


def test_a_run_that_a_schedule_made_is_followed_by_its_id(place: Path) -> None:
    (place / "spec.yaml").write_text(f"{SPEC}schedule: {{every: 1h, credential: account_key}}\n")
    spec = batchspec.load(place / "spec.yaml", folder=place)

    applied = batchspec.apply(spec)
    assert applied.report is not None
    run = batchspec.get_run(f"local:{applied.report.schedule_id}:job-1", folder=place)
    deadline = time.monotonic() + 30
    while not made(run):
        assert time.monotonic() < deadline, "the schedule has made no job"
        time.sleep(0.1)
    report = run.wait(timeout=45)

    assert applied.report.schedule_id == "stations-2020-01-01"
    assert report.verdict is Verdict.SUCCEEDED
    assert {"count", "after"} < {row.id for row in report.tasks}
    assert run.read("count", "counted.txt") == b"3\n"


def made(run: batchspec.Run) -> bool:
    try:
        return bool(run.status().state)
    except NotFound:
        return False
