"""A walk finds what is wanted wherever it stands, and looks at nothing that cannot lead there."""

from __future__ import annotations

from batchspec.check.walk import Walk, tables
from batchspec.reading import load
from batchspec.source import read
from batchspec.spec.model import Input, SpecKeys, Task
from batchspec.spec.table import Table
from tests.support.project import HEAD, Project

TEXT = f"""{HEAD}tasks:
  - id: a
    command: ls
    inputs: [{{url: "https://example.com/a"}}, {{url: "https://example.com/b"}}]
    multi_instance_settings:
      coordination_command_line: ls
      common_resource_files: [{{url: "https://example.com/c"}}]
"""


def test_all_of_a_model_are_found_in_order(project: Project) -> None:
    found = [one.pointer for one in Walk(lambda model: issubclass(model, Input))(bound(project))]

    assert sorted(found) == [
        "/tasks/0/inputs/0",
        "/tasks/0/inputs/1",
        "/tasks/0/multi_instance_settings/common_resource_files/0",
    ]


def bound(project: Project) -> SpecKeys:
    project.write(TEXT)
    (document,) = load(read(project.folder / "spec.yaml")).value or ()
    made = Table(SpecKeys).bind(document, "", {})
    assert isinstance(made, SpecKeys)
    return made


def test_a_row_that_is_not_gone_through_hides_what_is_behind_it(project: Project) -> None:
    walk = Walk(lambda model: issubclass(model, Input), through=lambda row: row.field != "resource_files")

    assert [one.pointer for one in walk(bound(project))] == ["/tasks/0/multi_instance_settings/common_resource_files/0"]


def test_the_models_of_a_shape_are_those_it_can_be_bound_to() -> None:
    assert Input in tables(Task.rows["inputs"].shape)
    assert tables(Task.rows["id"].shape) == ()
