"""Sizes of tasks and scripts, against what the compiler makes of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from azure.storage.blob import generate_container_sas

from batchspec import api
from batchspec.check.rules.body_sizes import MAX_BODY, _Sizes
from batchspec.check.rules.commands import MAX_SCRIPT
from tests.support.project import HEAD, Project

MAKERS = """\
tasks:
  - id: m-${{ matrix.i }}
    name: make
    matrix: {i: {range: COUNT}}
    run: ls
    outputs: [{path: PATH}, {path: log, when: failure}]
"""


class RealLinks:
    """Links as the shortest account has them."""

    stores = True

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """Signed with a key that nobody has."""
        expiry = datetime(2030, 1, 1, tzinfo=timezone.utc)
        signature = generate_container_sas("abc", container, "a2V5", permission=permissions, expiry=expiry)
        return f"{self.url(container, blob)}?{signature}"

    def url(self, container: str, blob: str | None) -> str:
        """Without the signature."""
        return "https://abc.blob.core.windows.net/" + (container if blob is None else f"{container}/{blob}")

    def account_key(self) -> str:
        """None of these has a schedule."""
        raise NotImplementedError

    def moment(self, later: timedelta) -> str:
        """None of these pools ends."""
        raise NotImplementedError(later)


BODIES = {
    "a command": "tasks: [{id: use, command: [python3, -c, 'print(1)']}]\n",
    "a script and variables": "tasks: [{id: use, run: 'echo é', environment: {A: 1, B: text, C: true, D: null}}]\n",
    "files": "tasks: [{id: use, run: ls, inputs: [{path: 'd/*.csv'}, {path: d/1.csv, to: x}, {url: 'https://a/b'}]}]\n",
    "a container": "tasks: [{id: use, run: ls, inputs: [{storage_container_url: 'https://a/b', blob_prefix: c}]}]\n",
    "other tasks' outputs": MAKERS.replace("COUNT", "3").replace("PATH", "a/b.csv")
    + "  - {id: use, run: ls, inputs: [{task: make}]}\n",
    "other tasks' outputs by a pattern": MAKERS.replace("COUNT", "3").replace("PATH", '"*.csv"')
    + "  - {id: use, run: ls, inputs: [{task: make}]}\n",
    "those of many": MAKERS.replace("COUNT", "200").replace("PATH", "a.csv")
    + "  - {id: use, run: ls, inputs: [{task: make}]}\n",
}


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
def test_the_size_that_is_told_is_never_more_than_the_bodys(text: str, project: Project) -> None:
    spec = project.spec({"spec.yaml": HEAD + text, **{f"d/{at}.csv": f"{at}" for at in range(30)}})
    program = api.compile_program(spec, RealLinks())

    (body,) = (made.body for made in program.tasks if made.body.id == "use")
    (task,) = (task for task in spec.tasks if task.id == "use")

    assert 0 < _Sizes(spec).of(task) <= len(json.dumps(body.serialize()).encode())


def test_five_thousand_files_are_too_many_for_one_request(project: Project) -> None:
    files = {f"d/{at}.csv": "" for at in range(5000)}
    text = HEAD + "tasks: [{id: use, run: ls, inputs: [{path: 'd/*.csv'}]}]\n"

    (found,) = project.findings({"spec.yaml": text, **files})

    assert found.code == "BS341"
    assert f"{MAX_BODY:,}" in found.message


def test_files_for_all_tasks_count_with_each(project: Project) -> None:
    files = {f"d/{at}.csv": "" for at in range(5000)}
    text = HEAD.replace("{id: demo}\n", "{id: demo, inputs: [{path: 'd/*.csv'}]}\n") + "tasks: [{id: use, run: ls}]\n"

    assert project.codes({"spec.yaml": text, **files}) == ["BS341"]


@pytest.mark.parametrize(("path", "codes"), [("a.csv", []), ('"*.csv"', ["BS502"])])
def test_the_lines_before_a_script_count_where_there_are_any(path: str, codes: list[str], project: Project) -> None:
    script = "x" * (MAX_SCRIPT - 20)
    text = HEAD.replace("{id: demo}\n", "{id: demo, timeout: 1h}\n") + MAKERS.replace("COUNT", "2").replace(
        "PATH", path
    )

    assert project.codes(text + f"  - {{id: use, run: {script}, inputs: [{{task: make}}]}}\n") == codes
