"""What came from the caller's environment never comes out of an export, under whatever key it was written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from azure.batch.models import PoolAddParameter
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.compiler import hidden
from batchspec.importing.export import Live, export
from batchspec.importing.texts import Secrets
from batchspec.ports import SECRETS_KEY
from batchspec.run.fetch import fetch_job, fetch_pool, fetch_schedule
from tests.support.shown import shown
from tests.unit.importing.test_export_plan import Account, checked

VALUE = "Wd40-quiet"
HEAD = "batchspec: v1\nname: demo\non_finish: {pool: keep}\nlogs: {persist: false}\n"
SECRET = "${{ env.PLAIN }}"
OPEN, LINE = f'"{SECRET}"', f'"tool --with {SECRET} -v"'
LINK = f'"https://x.example/{SECRET}/f?sv=1&sig=abc"'
PUBLIC = f'"https://x.example/{SECRET}/f"'
POOL = "pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}%s}\n"
JOB = "job: {id: demo, timeout: 1h%s}\n"
TASKS = "tasks: [{id: plain, run: ls}, {id: a%s}]\n"
GROUP = 'tasks: [{id: "g-${{ matrix.n }}"%s, matrix: {n: {range: 3}}%s}]\n'
WHOLE: dict[str, str] = {  # the rest of a spec; in each the secret stands once
    "a start task's environment": POOL % f", start_task: {{run: ls, environment: {{P: {OPEN}}}}}",
    "a start task's script": POOL % f", start_task: {{run: {LINE}}}",
    "a start task's command": POOL % f", start_task: {{command: {LINE}}}",
    "a start task's input": POOL % f", start_task: {{run: ls, inputs: [{{url: {PUBLIC}}}]}}",
    "a pool's metadata": POOL % f", metadata: {{id: {OPEN}}}",
    "a user's name": POOL % f', user_accounts: [{{name: {OPEN}, password: "${{{{ env.WORD }}}}"}}]',
    "a job's environment": POOL % "" + JOB % f", environment: {{id: {OPEN}, MODE: fast}}" + TASKS % ", run: ls",
    "a job's metadata": POOL % "" + JOB % f", metadata: {{name: {OPEN}}}",
    "a job's name": POOL % "" + JOB % f", display_name: {LINE}",
    "a preparation": POOL % "" + JOB % f", prepare: {{run: ls, environment: {{P: {OPEN}}}}}",
    "a release": POOL % "" + JOB % f", prepare: {{run: ls}}, release: {{command: {LINE}}}",
    "a manager": POOL % "" + JOB % f", job_manager_task: {{id: m, run: {LINE}}}",
    "inputs of all tasks": POOL % "" + JOB % f", inputs: [{{url: {PUBLIC}}}]" + TASKS % ", run: ls",
    "defaults of tasks": POOL % "" + JOB % f", task_defaults: {{environment: {{P: {OPEN}}}}}" + TASKS % ", run: ls",
    "a task's environment": POOL % "" + JOB % "" + TASKS % f", run: ls, environment: {{P: {OPEN}, Q: {LINE}}}",
    "a task's script": POOL % "" + JOB % "" + TASKS % f", run: {LINE}",
    "a task's list of words": POOL % "" + JOB % "" + TASKS % f", command: [tool, {OPEN}, 'a b']",
    "a task's input": POOL % "" + JOB % "" + TASKS % f", run: ls, inputs: [{{url: {PUBLIC}}}, {{blob: b}}]",
    "a task's signed input": POOL % "" + JOB % "" + TASKS % f", run: ls, inputs: [{{url: {LINK}}}]",
    "a group's environment": POOL % "" + JOB % "" + GROUP % (", name: g", f", run: ls, environment: {{P: {OPEN}}}"),
    "a group's script": POOL % "" + JOB % "" + GROUP % ("", f', run: "tool {SECRET} ${{{{ matrix.n }}}}"'),
    "a schedule's jobs": POOL % ""
    + JOB % f", environment: {{P: {OPEN}}}"
    + f"schedule: {{every: 1d, until: 2026-01-05T00:00:00Z, credential: account_key, metadata: {{k: {OPEN}}}}}\n"
    + TASKS % f", run: {LINE}, environment: {{P: {OPEN}}}",
    "a pool of its own": JOB
    % (
        ", pool_info: {auto_pool_specification: {pool_lifetime_option: job, pool: {vm_size: Standard_D2s_v5, "
        f"image: ubuntu-24.04, nodes: {{dedicated: 1}}, start_task: {{run: {LINE}}}}}}}}}"
    ),
}


def fit(name: str, value: str) -> str:
    """A value that can stand there as it is: links and lists of words quote what is odd."""
    return re.sub(r"[^A-Za-z0-9]", "0", value) if "input" in name or "list" in name else value


def applied(text: str, folder: Path, value: str) -> tuple[Account, Any]:
    (folder / "spec.yaml").write_text(HEAD + text)
    account = Account()
    account.batch.add_pool(PoolAddParameter(id="shared", vm_size="standard_d2s_v5"))
    program = account.program(checked(folder / "spec.yaml", "azure", {"PLAIN": value, "WORD": "pass-Word-1"}))
    account.apply(program)
    return account, program


def live(account: Account, program: Any) -> Live:
    if program.schedule is not None:
        return fetch_schedule("demo", account.batch, account.blobs, account.clock)
    if program.job is None:
        return fetch_pool("demo", account.batch, account.clock)
    return fetch_job("demo", account.batch, account.clock)


@pytest.mark.parametrize("value", [VALUE, "${{ x }}", "7", "007"], ids=["text", "expression", "number", "digits"])
@pytest.mark.parametrize("name", WHOLE)
def test_a_value_of_the_environment_is_exported_as_a_variable_and_plans_as_no_changes(
    name: str, value: str, tmp_path: Path
) -> None:
    account, program = applied(WHOLE[name], tmp_path, fit(name, value))
    secrets = Secrets()

    made = export(live(account, program), secrets=secrets)
    (tmp_path / "again.yaml").write_text(made.text)
    planned = account.plan(tmp_path / "again.yaml", "azure", {name: secrets.variables[name] for name in made.variables})

    assert planned.empty, (planned, made.text)
    assert fit(name, VALUE) not in made.text
    assert made.variables, made.text
    assert set(re.findall(r"env\.(\w+)", made.text)) == set(made.variables)


def test_what_the_environment_has_no_part_in_stays_as_it_is(tmp_path: Path) -> None:
    text = POOL % "" + JOB % ", environment: {MODE: fast}" + TASKS % f", run: {LINE}, environment: {{P: x}}"

    made = export(live(*applied(text, tmp_path, VALUE)))

    assert made.text.count("env.") == 1
    assert "environment: {MODE: fast}" in made.text
    assert "  - {id: plain, run: ls}" in made.text.splitlines()
    assert "environment: {P: x}" in made.text


def test_a_secret_parameter_is_hidden_like_the_environment(tmp_path: Path) -> None:
    asked = 'parameters: {word: {type: string, default: "${{ env.PLAIN }}"}}\n'
    text = asked + POOL % "" + JOB % "" + TASKS % ', run: ls, environment: {P: "${{ params.word }}"}'

    made = export(live(*applied(text, tmp_path, VALUE)))

    assert VALUE not in made.text
    assert made.variables == ("P",)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    value=st.text("abcxyz019 -_$'\"{}%äß\n", min_size=4, max_size=18).map(lambda text: f"~{text}~"),
    name=st.sampled_from(sorted(WHOLE)),
)
def test_whatever_the_value_and_wherever_it_stands_the_export_does_not_have_it(
    value: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    value = fit(name, value)
    folder = tmp_path_factory.mktemp("law")
    account, program = applied(WHOLE[name], folder, value)
    secrets = Secrets()

    made = export(live(account, program), secrets=secrets)

    assert value not in made.text
    assert not any(value in note for note in made.notes)
    assert any(value in one for one in secrets.variables.values())


MANY = ", ".join(f"{{id: task-{at}-{'x' * 40}, run: ls, environment: {{P: {OPEN}}}}}" for at in range(120))
KEYS = ", ".join(f"K{at}{'x' * 40}: {OPEN}" for at in range(120))


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        (POOL % "" + JOB % "" + f"tasks: [{MANY}]\n", "tasks/*/environment/P"),
        (POOL % "" + JOB % f", environment: {{{KEYS}}}" + TASKS % ", run: ls", "*"),
    ],
    ids=["of many tasks", "of many names"],
)
def test_the_mark_has_an_end_and_then_hides_more_not_less(text: str, mark: str, tmp_path: Path) -> None:
    account, program = applied(text, tmp_path, VALUE)
    secrets = Secrets()

    made = export(live(account, program), secrets=secrets)
    (tmp_path / "again.yaml").write_text(made.text)
    planned = account.plan(tmp_path / "again.yaml", "azure", {name: secrets.variables[name] for name in made.variables})

    assert account.batch.get_job("demo").metadata[SECRETS_KEY] == mark
    assert len(mark) <= hidden.MOST
    assert VALUE not in made.text
    assert planned.empty, planned


def test_the_mark_has_names_and_no_values(tmp_path: Path) -> None:
    account, _ = applied(WHOLE["a task's environment"], tmp_path, VALUE)

    assert account.batch.get_job("demo").metadata[SECRETS_KEY] == "tasks/a/environment/P tasks/a/environment/Q"


def test_without_a_value_of_the_environment_there_is_no_mark(tmp_path: Path) -> None:
    account, _ = applied(POOL % "" + JOB % "" + TASKS % ", run: ls", tmp_path, VALUE)

    assert SECRETS_KEY not in account.batch.get_job("demo").metadata


JOB_OF_OTHERS = {"id": "j", "poolInfo": {"poolId": "p"}, "onAllTasksComplete": "terminatejob"}
NAMED = [{"name": "API_TOKEN", "value": "hush-hush-1"}]
OF_OTHERS: dict[str, dict[str, Any]] = {
    "the same value under another name": {"environmentSettings": [*NAMED, {"name": "P", "value": "hush-hush-1"}]},
    "a part of a command line": {"commandLine": "tool --key hush-hush-1", "environmentSettings": NAMED},
    "a part of a script": {
        "environmentSettings": [*NAMED, {"name": "SCRIPT", "value": "export K=hush-hush-1\nls"}],
    },
}


@pytest.mark.parametrize("name", OF_OTHERS)
def test_where_a_name_tells_a_secret_it_is_hidden_in_all_other_texts(name: str) -> None:
    task = {"id": "t", "commandLine": "x", **OF_OTHERS[name]}

    made = export(Live(job=shown("job", JOB_OF_OTHERS), tasks=[shown("task", task)]))

    assert "hush" not in made.text
    assert set(re.findall(r"env\.(\w+)", made.text)) == set(made.variables)


def test_a_short_word_that_is_a_secret_somewhere_is_no_secret_within_other_texts() -> None:
    task = {"id": "t", "commandLine": "deploy prod", "environmentSettings": [{"name": "A_TOKEN", "value": "prod"}]}

    made = export(Live(job=shown("job", JOB_OF_OTHERS), tasks=[shown("task", task)]))

    assert "command: deploy prod" in made.text
    assert made.variables == ("A_TOKEN",)
