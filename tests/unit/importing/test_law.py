"""The law of the import: `render(import(json)) == json`, for every field that the SDK has."""

from __future__ import annotations

from typing import Any

import azure.batch.models as sdk
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.importing.told import CannotImport
from batchspec.service.bodies import wire
from tests.support.imports import body, rendered
from tests.support.wire_values import NEW, OLD, ROOTS, Path, api, bodies, canonical, fields, lone, paths, show, whole

LEAVES: dict[str, tuple[str, Path]] = {
    f"{kind}:{show(path)}": (kind, path) for kind, model in ROOTS.items() for path in paths(model)
}


def hold(kind: str, document: dict[str, Any], version: str = "") -> None:
    """The law for one document."""
    program = rendered(document)

    assert canonical(ROOTS[kind], body(program, kind)) == canonical(ROOTS[kind], document)
    assert not version or program.api_version == version


@pytest.mark.parametrize("leaf", LEAVES)
def test_each_leaf_alone_comes_out_as_it_went_in(leaf: str) -> None:
    kind, path = LEAVES[leaf]

    hold(kind, lone(ROOTS[kind], path), api(path) or NEW)


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("kind", ROOTS)
def test_all_leaves_together_come_out_as_they_went_in(kind: str, turn: int, version: str) -> None:
    hold(kind, whole(ROOTS[kind], version, turn))


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("kind", ROOTS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_written_comes_out_as_it_went_in(kind: str, version: str, data: st.DataObject) -> None:
    hold(kind, data.draw(bodies(ROOTS[kind], version)))


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("kind", ROOTS)
def test_the_quick_json_is_the_sdks_json(kind: str, version: str) -> None:
    program = rendered(whole(ROOTS[kind], version))
    made = {"pool": program.pool, "job": program.job, "job_schedule": program.schedule}

    for one in (made.get(kind), *program.tasks):
        if one is not None:
            assert wire(one.body) == one.body.serialize()


def reached(model: str, seen: set[str], version: str) -> set[str]:
    if model not in seen:
        seen.add(model)
        for field in fields(model):
            if field.inner and field.api in ("", version):
                reached(field.inner, seen, version)
    return seen


def test_the_walk_meets_all_72_models_and_336_writable_fields_of_the_sdk() -> None:
    met = set[str]()
    for model in ROOTS.values():
        reached(model, met, OLD)
    written = [field for model in met for field in fields(model) if field.api != NEW]

    assert len(met) == 72
    assert len(written) == 336  # and ImageReference.exact_version, which only the service writes
    assert len(LEAVES) > 600


def test_a_field_that_the_sdk_gains_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    gained = {**sdk.StartTask._attribute_map, "more": {"key": "more", "type": "str"}}
    monkeypatch.setattr(sdk.StartTask, "_attribute_map", gained)
    fields.cache_clear()
    try:
        (path,) = (path for path in paths("PoolAddParameter") if show(path) == "startTask.more")
        with pytest.raises(CannotImport, match=r"0\.json: /startTask/more: the spec language has no word for this"):
            hold("pool", lone("PoolAddParameter", path))
    finally:
        fields.cache_clear()
