"""load, load_all, loads, validate and compile: a spec as a value, and its findings as values."""

from __future__ import annotations

from pathlib import Path

import pytest

import batchspec
from batchspec.errors import ExitCode, UnreadableFile, UsageError
from tests.support.project import HEAD, SMALLEST, Project

GRID = """\
batchspec: v1
name: demo
parameters:
  shards: {type: integer, default: 2}
  day: {type: string, format: date, default: "2020-01-01"}
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: "demo-${{ params.day }}"}
tasks:
  - {id: "t-${{ matrix.n }}", matrix: {n: {range: "${{ params.shards }}"}}, command: "/bin/echo ${{ target.name }}"}
targets: {local: {job: {id: here}}}
"""
BAD = SMALLEST.replace("command: /bin/true", "command: /bin/true, depends_on: [helo]")
NO_ACCOUNT: dict[str, str] = {}
ACCOUNT = {"AZURE_BATCH_ACCOUNT_URL": "https://x.y.batch.azure.com"}


def written(project: Project, text: str) -> Path:
    project.write(text)
    return project.folder / "spec.yaml"


def test_a_spec_has_its_parameters_and_its_target_settled(project: Project) -> None:
    path = written(project, GRID)

    there = batchspec.load(path, {"shards": 3, "day": "2020-02-02"}, target="azure", environ=NO_ACCOUNT)
    here = batchspec.load(str(path), target="local", environ=NO_ACCOUNT)

    assert (there.name, there.job_id, there.task_ids) == ("demo", "demo-2020-02-02", ("t-0", "t-1", "t-2"))
    assert (here.job_id, here.task_ids) == ("here", ("t-0", "t-1"))


@pytest.mark.parametrize(("environ", "target"), [(NO_ACCOUNT, "local"), (ACCOUNT, "azure")], ids=["none", "an account"])
def test_without_a_target_it_is_the_account_when_there_is_one(
    project: Project, environ: dict[str, str], target: str
) -> None:
    spec = batchspec.load(written(project, GRID), environ=environ)

    command = batchspec.compile(spec).tasks[0].body.command_line
    assert (spec.place.target, command) == (target, f"/bin/echo {target}")


def test_the_environment_is_the_one_that_is_given(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHSPEC_PARAM_SHARDS", "7")
    path = written(project, GRID)

    assert len(batchspec.load(path, environ=NO_ACCOUNT).task_ids) == 2
    assert len(batchspec.load(path, environ={"BATCHSPEC_PARAM_SHARDS": "5"}).task_ids) == 5
    assert len(batchspec.load(path, target="local").task_ids) == 7


def test_what_is_wrong_comes_with_its_places(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    path = written(project, BAD)

    with pytest.raises(batchspec.SpecErrors) as caught:
        batchspec.load(path, environ=NO_ACCOUNT)

    error = caught.value
    found = [one for one in error.diagnostics if one.severity is batchspec.Severity.ERROR]
    assert [one.code for one in found] == ["BS203"]
    assert found[0].span is not None
    assert f"{found[0].span}: BS203" in str(error)
    assert f"{path}:5:" in error.text
    assert "^^^^" in error.text
    assert error.exit_code == ExitCode.SPEC_HAS_ERRORS
    assert capfd.readouterr() == ("", "")


def test_warnings_are_no_errors_and_are_kept(project: Project) -> None:
    spec = batchspec.load(written(project, SMALLEST), target="azure", environ=NO_ACCOUNT)

    assert spec.diagnostics
    assert {one.severity for one in spec.diagnostics} <= {batchspec.Severity.WARNING, batchspec.Severity.NOTE}


def test_a_text_is_a_spec_whose_paths_start_from_its_base(project: Project) -> None:
    project.write({"data/one.csv": "1"})
    text = f"{HEAD}tasks: [{{id: t, command: /bin/true, inputs: [{{path: data/one.csv}}]}}]\n"

    spec = batchspec.loads(text, base=project.folder, environ=NO_ACCOUNT)

    assert [one.path for one in batchspec.compile(spec).uploads] == [project.folder / "data/one.csv"]
    with pytest.raises(batchspec.SpecErrors, match=r"<text>:5:\d+: BS4"):
        batchspec.loads(text, base=project.folder / "data", environ=NO_ACCOUNT)


def test_a_file_of_several_specs_is_loaded_as_several(project: Project) -> None:
    path = written(project, f"{SMALLEST}---\n{SMALLEST.replace('demo', 'other')}")

    assert [spec.name for spec in batchspec.load_all(path, environ=NO_ACCOUNT)] == ["demo", "other"]
    with pytest.raises(UsageError, match="there are 2 specs") as caught:
        batchspec.load(path, environ=NO_ACCOUNT)
    assert "load_all" in str(caught.value.hint)


def test_validate_judges_every_target_and_raises_for_none(project: Project) -> None:
    path = written(project, GRID.replace("{job: {id: here}}", "{job: {id: 'no good'}}"))

    assert batchspec.load(path, target="azure", environ=NO_ACCOUNT).name == "demo"
    checked = batchspec.validate(path, project.folder, environ=NO_ACCOUNT)
    assert not checked.ok
    assert "BS205" in {one.code for one in checked.diagnostics}
    assert batchspec.validate(path, target="azure", environ=NO_ACCOUNT).ok


def test_a_file_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    for call in (batchspec.load, batchspec.load_all, batchspec.validate):
        with pytest.raises(UnreadableFile):
            call(tmp_path / "none.yaml")


def test_the_place_stays_wherever_the_process_goes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    spec = batchspec.load(written(project, SMALLEST), environ=NO_ACCOUNT)
    monkeypatch.chdir("/")

    assert spec.place.folder == project.folder


def test_to_compile_asks_no_service_and_signs_nothing(project: Project) -> None:
    project.write({"one.csv": "1"})
    text = f"{HEAD}tasks: [{{id: t, command: /bin/true, inputs: [{{path: one.csv}}]}}]\n"
    spec = batchspec.load(written(project, text), environ=NO_ACCOUNT)

    made = batchspec.compile(spec)

    assert made.wire().keys() == {"pool", "job", "tasks"}
    assert made.wire()["tasks"][0]["resourceFiles"][0]["httpUrl"].endswith("?<sas:r>")


def test_neither_a_spec_nor_what_is_wrong_with_it_shows_a_secret(project: Project) -> None:
    text = SMALLEST.replace("command: /bin/true", "command: /bin/true, environment: {TOKEN: '${{ env.TOKEN }}'}")
    environ = {"TOKEN": "hush-hush-1", "AZURE_BATCH_ACCOUNT_KEY": "aHVzaA=="}

    spec = batchspec.load(written(project, text), target="local", environ=environ)
    with pytest.raises(batchspec.SpecErrors) as caught:
        batchspec.load(written(project, text.replace("id: hello", "id: '${{ env.TOKEN }}'")), environ=environ)

    assert batchspec.compile(spec).secrets == {"hush-hush-1"}
    shown = [repr(spec), str(caught.value), caught.value.text, repr(caught.value)]
    assert [text for text in shown if "hush" in text or "aHVzaA" in text] == []
