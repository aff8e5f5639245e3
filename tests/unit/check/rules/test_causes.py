"""A flaw does not make the rules speak of what it only hides."""

from __future__ import annotations

import pytest

from tests.support.project import Project

TEXT = """\
batchspec: v1
name: demo
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubuntu-hpc-24.04
  nodes: {dedicated: 4}
  enable_inter_node_communication: true
  virtual_machine_configuration: {container_configuration: {type: dockerCompatible}}
job:
  id: demo
  timeout: 1h
  on_task_failure: performexitoptionsjobaction
  prepare: {command: ls}
  release: {command: ls}
  task_defaults: {container_settings: {image_name: x}}
tasks:
  - {id: "1", command: ls, exit_conditions: {default: {job_action: none}}}
  - {id: "2", command: ls}
  - {id: b, command: ls, depends_on: [{start: 1, end: 2}]}
  - {id: c, command: ls, multi_instance_settings: {number_of_instances: 4, coordination_command_line: ls}}
"""

FLAWS = {
    "the pool": ("pool:\n", "pool: 5\nparameters:\n", None),
    "the number of nodes": ("{dedicated: 4}", "{dedicated: four}", "BS103"),
    "how nodes talk": ("communication: true", "communication: maybe", "BS103"),
    "the machines": ("{type: dockerCompatible}", "{type: docker}", "BS104"),
    "the job's limit": ("timeout: 1h", "timeout: one hour", "BS105"),
    "what failures do": ("performexitoptionsjobaction", "terminate", "BS104"),
    "what prepares": ("prepare: {command: ls}", "prepare: 5", "BS103"),
    "an id in a range": ('id: "2"', "id: true", "BS103"),
}


def test_the_text_itself_is_fine(project: Project) -> None:
    assert project.codes(TEXT) == []


@pytest.mark.parametrize(("old", "new", "code"), FLAWS.values(), ids=FLAWS)
def test_only_the_flaw_is_told(old: str, new: str, code: str | None, project: Project) -> None:
    assert old in TEXT

    codes = project.codes(TEXT.replace(old, new, 1))

    if code is not None:
        assert codes == [code]
    assert not {"BS202", "BS306", "BS308", "BS312", "BS316", "BS318"} & set(codes)
