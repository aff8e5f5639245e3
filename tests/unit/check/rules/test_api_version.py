"""Every field of one API version only is told when the other one is spoken, by the outermost of its names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from batchspec.check.walk import tables
from batchspec.spec.model import SpecKeys
from batchspec.spec.model.pool import NEW, OLD
from batchspec.spec.shape import ListOf
from batchspec.spec.table import Bound
from tests.support.project import Project

BASE: dict[str, Any] = {
    "batchspec": "v1",
    "name": "demo",
    "pool": {"id": "demo", "vm_size": "Standard_D4s_v5", "image": "ubuntu-24.04", "nodes": {"dedicated": 4}},
    "job": {"id": "demo", "timeout": "1h"},
    "tasks": [{"id": "a", "command": "ls"}],
}
Path = tuple[tuple[str, type[Bound]], ...]


def marked(
    model: type[Bound] = SpecKeys, path: Path = (), seen: frozenset[type[Bound]] = frozenset()
) -> Iterator[Path]:
    """The ways to each row that one version has, nothing of one version above it; each model is entered once."""
    for name, row in model.rows.items():
        here = (*path, (name, model))
        if row.api:
            yield here
            continue
        for inner in tables(row.shape):
            if inner not in seen and inner.__name__ != "PoolSpecification":
                yield from marked(inner, here, seen | {model, inner})


WAYS = {".".join(name for name, _ in path): path for path in marked()}


def written(path: Path) -> dict[str, Any]:
    """A spec that has the row's example at the end of the way."""
    made: dict[str, Any] = json.loads(json.dumps(BASE))
    here: Any = made
    for (name, model), (_, inner) in pairwise(path):
        empty = {key: row.example for key, row in inner.rows.items() if row.required and not row.api}
        empty |= {key: inner.rows[key].example for key in inner.one_of[:1] + inner.any_of[:1]}
        below = here.get(name)
        if not isinstance(below, (dict, list)):
            below = [empty] if isinstance(model.rows[name].shape, ListOf) else empty
        here[name] = below
        here = below[0] if isinstance(below, list) else below
    name, model = path[-1]
    here[name] = model.rows[name].example
    return made


@pytest.mark.parametrize("path", WAYS.values(), ids=WAYS)
def test_a_field_that_the_version_has_not_is_told_at_its_key(path: Path, project: Project) -> None:
    name, model = path[-1]
    version = OLD if model.rows[name].api == NEW else NEW
    text = json.dumps({"api_version": version, **written(path)}, indent=1)

    found = [one for one in project.findings(text) if one.code == "BS504"]

    assert len(found) == 1
    assert found[0].span is not None
    assert text[found[0].span.start.offset : found[0].span.end.offset] == f'"{name}"'
    assert found[0].hint


@pytest.mark.parametrize("path", WAYS.values(), ids=WAYS)
def test_nothing_is_told_under_the_version_that_has_it(path: Path, project: Project) -> None:
    name, model = path[-1]
    text = json.dumps({"api_version": model.rows[name].api, **written(path)})

    assert "BS504" not in project.codes(text)
