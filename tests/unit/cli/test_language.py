"""Every key of the language has its place, and its page."""

from __future__ import annotations

import pytest

from batchspec.cli.language import ANY_NAME, find, places
from batchspec.cli.views import pages, words
from batchspec.errors import UsageError
from batchspec.spec import schema
from batchspec.spec.model import ID, SpecKeys
from batchspec.spec.shape import Anything, Duration, Either, Flag, ListOf, MapOf, Shape, Text, Value, Whole
from batchspec.spec.table import Bound, Table

PLACES = list(places())


def test_every_key_of_the_language_is_found_by_its_path_and_explained() -> None:
    assert len(PLACES) > 200
    for place in PLACES:
        for path in (place.path, place.path.replace("[]", "")):
            assert find(path) == place

        page = pages.key_page(place)

        assert page.startswith(f"{place.path}\n\n")
        assert place.row is None or place.row.doc in page
        assert not any(line != line.rstrip() for line in page.splitlines())


def test_every_table_of_the_schema_is_explained() -> None:
    models: dict[str, type[Bound]] = {}
    schema._collect(Table(SpecKeys), models)

    assert {model.__name__ for place in PLACES for model in place.tables} | {"SpecKeys"} == models.keys()


# A path and what it is called by.
PATHS = {
    "pool.start_task": "pool.start_task",
    "tasks.inputs.path": "tasks[].inputs[].path",
    "tasks[].inputs[].path": "tasks[].inputs[].path",
    "tasks[0].inputs[12].path": "tasks[].inputs[].path",
    "parameters.date.type": "parameters.date.type",
    "job.environment.MODE": "job.environment.MODE",
    "tasks.matrix.shard.range": "tasks[].matrix.shard.range",
    "targets.local": "targets.local",
}


@pytest.mark.parametrize(("path", "name"), PATHS.items())
def test_paths_lead_through_lists_and_names(path: str, name: str) -> None:
    assert find(path).path == name


# A path that leads nowhere, and what the hint has.
NOWHERE = {
    "": "batchspec, name",
    ".": "batchspec, name",
    "pool.": "vm_size",
    "pool.strat_task": "did you mean pool.start_task?",
    "image": "pool.image",
    "vm_size": "pool.vm_size",
    "tasks[].inputs[].pth": "tasks[].inputs[].path",
    "pool.id.more": "nothing is below it",
    "targets.local.pol": "did you mean pool?",
    "pool..id": "vm_size",
    "\x1b[31m": "batchspec, name",
}


@pytest.mark.parametrize(("path", "hint"), NOWHERE.items())
def test_a_path_that_leads_nowhere_is_a_usage_error_that_helps(path: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        find(path)

    assert hint in (raised.value.hint or "")


# What the service calls it.
SERVICE = {
    "pool": "",
    "pool.vm_size": "PoolAddParameter.vm_size",
    "pool.nodes.dedicated": "PoolAddParameter.target_dedicated_nodes",
    "pool.image": "PoolAddParameter.virtual_machine_configuration.image_reference",
    "pool.image.publisher": "PoolAddParameter.virtual_machine_configuration.image_reference.publisher",
    "pool.image.node_agent_sku_id": "VirtualMachineConfiguration.node_agent_sku_id",
    "tasks.id": "TaskAddParameter.id",
    "name": "",
    "job.task_defaults.exit_conditions": "TaskAddParameter.exit_conditions",
    "job.prepare.timeout": "JobAddParameter.job_preparation_task.constraints.max_wall_clock_time",
    "schedule.every": "JobScheduleAddParameter.schedule.recurrence_interval",
}


@pytest.mark.parametrize(("path", "service"), SERVICE.items())
def test_a_key_knows_what_of_the_service_it_compiles_to(path: str, service: str) -> None:
    assert find(path).service == service


SHAPES: dict[str, tuple[Shape, str, list[tuple[str, str]]]] = {
    "text": (Text(), "a text", []),
    "choices": (Text(choices=("a", "b")), "a text", [("allowed", "a, b")]),
    "form": (ID, "a text", [("form", f"{ID.form}"), ("limits", "at most 64 characters")]),
    "pattern": (Text(pattern="[a-z]+"), "a text", [("form", f"matches {Text(pattern='[a-z]+').schema()['pattern']}")]),
    "whole": (Whole(-1000, 1000), "a whole number", [("limits", "-1,000 to 1,000")]),
    "least": (Whole(0), "a whole number", [("limits", "at least 0")]),
    "most": (Whole(most=5), "a whole number", [("limits", "at most 5")]),
    "flag": (Flag(), "true or false", []),
    "duration": (Duration(), "a text", [("form", Duration().schema()["x-form"])]),
    "values": (Value(("string", "null")), "a text, null", []),
    "anything": (Anything(), "anything", []),
    "list": (ListOf(Flag(), 1, 3), "a list of: true or false", [("limits", "1 to 3 entries")]),
    "list of limits": (ListOf(Text(shortest=1)), "a list of: a text", [("limits", "each: at least 1 character")]),
    "names": (
        MapOf(Whole(0), Text(longest=3), fewest=1),
        "a mapping, from names to: a whole number",
        [("limits", "at least 1 key"), ("limits", "names: at most 3 characters"), ("limits", "each: at least 0")],
    ),
    "either": (
        Either((Text(shortest=1), Table(SpecKeys))),
        "a text, or a mapping",
        [("limits", "at least 1 character")],
    ),
}


@pytest.mark.parametrize(("shape", "kind", "facts"), SHAPES.values(), ids=SHAPES)
def test_shapes_in_words(shape: Shape, kind: str, facts: list[tuple[str, str]]) -> None:
    assert words.kind(shape) == kind
    assert list(words.facts(shape)) == facts


def test_names_of_the_users_own_stand_for_any() -> None:
    assert f"parameters.{ANY_NAME}.type" in {place.path for place in PLACES}
