"""A template's tasks are told once, with how many there are."""

from __future__ import annotations

import pytest

from tests.support.project import Project

HEAD = """\
batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: demo, timeout: 1h}
tasks:
  - {id: a, command: ls}
  - id: b-${{ matrix.i }}
    command: ls
    matrix: {i: {range: 64}}
"""
TOLD = {
    "policies": (
        "    depends_on: [a]\n    on_dependency_failure: satisfy\n  - {id: c, command: ls, depends_on: [a]}\n",
        "BS218",
    ),
    "a policy for nothing": ("    on_dependency_failure: satisfy\n", "BS222"),
    "a range with gaps": ("    depends_on: [{start: 1, end: 2}]\n  - {id: '1', command: ls}\n", "BS223"),
    "an action on the job": ("    exit_conditions: {default: {job_action: none}}\n", "BS224"),
    "several nodes": ("    multi_instance_settings: {coordination_command_line: ls}\n", "BS306"),
    "a container": ("    container_settings: {image_name: x}\n", "BS317"),
    "keys that exclude each other": ("    elevated: true\n    user_identity: {auto_user: {}}\n", "BS109"),
    "another version's field": ("    authentication_token_settings: {access: [job]}\n", "BS504"),
}  # fmt: skip


@pytest.mark.parametrize(("more", "code"), TOLD.values(), ids=TOLD)
def test_a_template_is_told_once(more: str, code: str, project: Project) -> None:
    found = project.findings(HEAD + more)

    assert [one.code for one in found] == [code]
    assert "b-1" not in found[0].message
