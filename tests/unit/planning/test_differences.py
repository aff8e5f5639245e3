"""A body against the service's words for it: equal however each is written, and every field that is not is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.compiler.program import Program
from batchspec.compiler.record import HIDDEN, record
from batchspec.planning.differences import differences
from batchspec.planning.usual import usual
from tests.support.imports import rendered
from tests.support.wire_values import NEW, OLD, ROOTS, Path, api, bodies, lone, paths, show, smallest

LEAVES: dict[str, tuple[str, Path]] = {
    f"{kind}:{show(path)}": (kind, path) for kind, model in ROOTS.items() for path in paths(model)
}


def body_of(program: Program, kind: str) -> Any:
    made = {"pool": program.pool, "job": program.job, "job_schedule": program.schedule}.get(kind)
    return program.tasks[0].body if kind == "task" else made.body if made is not None else None


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("kind", ROOTS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_was_sent_does_not_differ_from_itself_in_any_spelling(
    kind: str, version: str, data: st.DataObject
) -> None:
    document = data.draw(bodies(ROOTS[kind], version))
    body = body_of(rendered(document), kind)

    assert list(differences(body, document, skip=frozenset({"on_all_tasks_complete"}))) == []


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_field_that_the_service_does_not_have_is_told_under_its_path(leaf: str) -> None:
    kind, path = LEAVES[leaf]
    document = lone(ROOTS[kind], path)
    body = body_of(rendered(document), kind)
    without = smallest(ROOTS[kind])
    fields = [field.name for field in path]

    found = [one.path for one in differences(body, without)]

    if fields[-1] in HIDDEN:
        assert f"{fields[0]}!:" in record(body, None, "")
    elif not empty(document, path):
        assert any(told.startswith(fields[0]) for told in found), (found, document)


def empty(document: Any, path: Path) -> bool:
    """Whether the field says what the service says by itself."""
    value = document
    for field in path:
        value = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        value = value.get(field.key) if isinstance(value, dict) else value
    version, standard = api(path), usual(path[-1].model, path[-1].name)
    if value in (standard if isinstance(standard, tuple) else (standard,)):
        return True
    return value in (False, 0, "", None, [], {}) or path[0].key in smallest(ROOTS_OF[path[0].model]) or version == "-"


ROOTS_OF = {model: model for model in ROOTS.values()}


def test_the_values_of_environment_settings_are_never_told() -> None:
    document = {"id": "t", "commandLine": "x", "environmentSettings": [{"name": "KEY", "value": "s3cret"}]}
    body = body_of(rendered(document), "task")

    (found,) = differences(body, {**document, "environmentSettings": [{"name": "KEY", "value": "other"}]})

    assert (found.path, found.shown) == ("environment_settings[KEY]", False)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"constraints": {"maxWallClockTime": "PT60M"}}, {"constraints": {"maxWallClockTime": "PT1H"}}),
        ({"resourceFiles": [{"httpUrl": "https://a/b?sig=1", "filePath": "b"}]},
         {"resourceFiles": [{"httpUrl": "https://a/b?sig=2", "filePath": "b"}]}),
        ({"userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}},
         {"userIdentity": {"autoUser": {"scope": "Pool", "elevationLevel": "NonAdmin"}}}),
    ],
    ids=["a duration", "a signature", "an enumeration"],
)  # fmt: skip
def test_another_spelling_is_no_difference(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    smallest_ = {"id": "t", "commandLine": "x"}
    body = body_of(rendered({**smallest_, **wanted}), "task")

    assert list(differences(body, {**smallest_, **found})) == []
