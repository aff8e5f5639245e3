"""The tables of the language say every writable field of the SDK's models, each in one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from batchspec.spec.model import SpecKeys
from batchspec.spec.model.pool import Autoscale, Nodes, PoolSpecification
from batchspec.spec.shape import Either, ListOf, MapOf, Shape
from batchspec.spec.table import Bound, Table
from tests.support.wire_values import ROOTS, fields, paths


def tables(shape: Shape, met: set[type[Bound]]) -> set[type[Bound]]:
    """All tables of the language."""
    if isinstance(shape, Table) and shape.model not in met:
        met.add(shape.model)
        for row in shape.model.rows.values():
            tables(row.shape, met)
    inner = shape.shapes if isinstance(shape, Either) else ()
    inner = (shape.item,) if isinstance(shape, ListOf) else (shape.value,) if isinstance(shape, MapOf) else inner
    for one in inner:
        tables(one, met)
    return met


TABLES = {model.__name__: model for model in tables(Table(SpecKeys), set()) if model.sdk}
# Fields that are said by what is no row of a table: the structure of the spec itself.
BY_STRUCTURE = {
    "EnvironmentSetting": {"name", "value"},
    "MetadataItem": {"name", "value"},
    "Schedule": {"id", "job_specification"},  # the job's id, and the job
    "VirtualMachineConfiguration": {"image_reference", "node_agent_sku_id"},  # the pool's image
    "Task": {"depends_on.task_id_ranges"},  # mappings in the list of depends_on
}
# Keys that say in other words what another key can say as well; only one of them may stand there.
OTHER_WORDS = {
    "command", "run", "elevated", "path", "url", "blob", "task", "to", "file_path", "on_dependency_failure",
    "exit_conditions",
}  # fmt: skip


def claims(model: type[Bound]) -> Iterator[tuple[str, str]]:
    """The keys of a table, each with the field that it says."""
    for name, row in model.rows.items():
        if row.native:
            yield name, name
        elif row.field and not row.field.startswith("("):
            yield name, row.field
        if isinstance(row.shape, Table) and row.shape.model in (Nodes, Autoscale):  # parts of the pool itself
            yield from claims(row.shape.model)


def wanted(model: type[Bound]) -> set[str]:
    """The fields of a table's model; of an inner model that has no table of its own, the fields of that."""
    made = set()
    heads = {field.partition(".")[0] for _, field in claims(model) if "." in field}
    native = set(model.native)
    for field in fields(model.sdk):
        if field.inner and field.name in heads - native:
            made |= {f"{field.name}.{inner.name}" for inner in fields(field.inner)}
        else:
            made.add(field.name)
    return made


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_says_every_field_of_its_model_and_no_other(name: str) -> None:
    model = TABLES[name]
    said = {field for _, field in claims(model)} | BY_STRUCTURE.get(name, set())
    inner = {field for field in said if "." in field and field.partition(".")[0] in model.native}

    assert said - inner == wanted(model)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_nothing_is_spelled_twice_but_in_other_words(name: str) -> None:
    said = Counter(field for key, field in claims(TABLES[name]) if key not in OTHER_WORDS)
    twice = {field for field, count in said.items() if count > 1}

    assert twice <= ({"target_dedicated_nodes"} if issubclass(TABLES[name], PoolSpecification) else set())


def test_every_model_that_a_request_can_have_has_a_table_or_is_said_within_one() -> None:
    met = {field.model for model in ROOTS.values() for path in paths(model) for field in path}
    within = {  # their fields are keys of the table that holds them
        "JobSpecification", "JobConstraints", "TaskConstraints", "TaskDependencies", "OutputFileUploadOptions",
        "EnvironmentSetting", "MetadataItem", "Schedule",
    }  # fmt: skip

    assert met == {model.sdk for model in TABLES.values()} | within


def test_a_schedules_job_has_the_fields_of_a_job() -> None:
    names = [{field.name for field in fields(model)} for model in ("JobSpecification", "JobAddParameter")]

    assert names[0] == names[1] - {"id"}
