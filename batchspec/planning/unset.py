"""Fields that the spec no longer sets, though the service still has them from an earlier apply.

Only asked for where the spec has changed since its last apply, which is recorded by field: what somebody set by hand
where the spec says nothing is none of our business. A field is unset when the service has it otherwise than by itself;
`usual` says how that is, and what the service chooses by itself is passed over.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from batchspec.compiler.attributes import attributes, is_model
from batchspec.compiler.extended import sdk_model
from batchspec.compiler.record import BY_NAME, HIDDEN
from batchspec.planning.differences import PERSIST, Difference, keeps_logs, names_of, tells
from batchspec.planning.same import plain, same
from batchspec.planning.usual import CHOSEN, RESET, usual

# Compared by other means, or told of by nobody: ids, our own action on completion, and what gives a pool its size.
_APART = {
    "pool": frozenset(
        {
            "id",
            "enable_auto_scale",
            "auto_scale_formula",
            "auto_scale_evaluation_interval",
            "resize_timeout",
            "target_dedicated_nodes",
            "target_low_priority_nodes",
        }
    ),
    "job": frozenset({"id", "on_all_tasks_complete"}),
    "job_schedule": frozenset({"id"}),
    "task": frozenset({"id"}),
}


def unset(
    kind: str, body: Any, live: Mapping[str, Any], *, fields: Container[str] | None = None, retries: int = 0
) -> Iterator[Difference]:
    """The fields that a request body leaves alone and that live ones have as they are not by themselves.

    fields: of the body itself, those that are looked at, or into; None for all.
    retries: of a task, how often those of its job are run again that do not say it themselves.
    """
    if kind in ("job", "job_schedule"):
        job = (live.get("jobSpecification") or {}) if kind == "job_schedule" else live
        retries = (job.get("constraints") or {}).get("maxTaskRetryCount") or 0
    apart = _APART[kind]
    if fields is not None:
        apart |= {name for name in attributes(body) if name not in fields}
    yield from _model(type(body), body, live, "", apart, retries)


def _model(
    model: Any, body: Any, live: Mapping[str, Any], before: str, apart: frozenset[str], retries: int
) -> Iterator[Difference]:
    for attribute, entry in attributes(model).items():
        found = live.get(entry["key"])
        if found is None or found in ("", [], {}) or attribute in apart or attribute in HIDDEN:
            continue
        wanted = None if body is None else getattr(body, attribute)
        if isinstance(wanted, str):  # most are
            continue
        yield from _field(model, attribute, entry["type"], wanted, found, f"{before}{attribute}", retries)


def _field(
    model: Any, attribute: str, kind: str, wanted: Any, found: Any, path: str, retries: int
) -> Iterator[Difference]:
    items = kind.strip("[]{}")
    if items in BY_NAME:
        if attribute == "metadata":
            more = sorted(names_of(found).keys() - {item.name for item in wanted or ()})
            yield from (Difference(f"{path}[{name}]", None, None, shown=False) for name in more)
        elif not wanted:
            yield Difference(path, None, found, shown=False)
    elif isinstance(wanted, (list, tuple)):
        if len(wanted) == len(found) and is_model(wanted[0] if wanted else None):
            for at, (one, other) in enumerate(zip(wanted, found, strict=True)):
                yield from _model(type(one), one, other, f"{path}[{at}].", frozenset(), retries)
    elif wanted is not None:
        if is_model(wanted) and isinstance(found, Mapping):
            yield from _model(type(wanted), wanted, found, f"{path}.", frozenset(), retries)
    elif usual(model.__name__, attribute) is CHOSEN:
        return
    elif isinstance(found, Mapping) and kind[0] != "{" and kind != "object":
        inside = list(_model(sdk_model(kind), None, found, f"{path}.", frozenset(), retries))
        # Constraints are told one by one, as the spec's own words for them are single fields.
        yield from inside if attribute == "constraints" else _whole(path, found, inside)
    else:
        standard = usual(model.__name__, attribute)
        if attribute == "max_task_retry_count" and model.__name__ != "JobConstraints":
            standard = (0, retries)  # the job's, as the service writes it into its tasks
        if any(same(attribute, kind, one, found) for one in _several(standard)):
            return
        old = found if tells(attribute, kind) and not isinstance(found, (list, Mapping)) else None
        if attribute == "output_files" and keeps_logs(found) and len(found) == 1:
            yield Difference(PERSIST, wanted=False, found=True)
        else:
            yield Difference(path, None, old, shown=old is not None)


def _whole(path: str, found: Any, inside: list[Difference]) -> Iterator[Difference]:
    if inside:
        yield Difference(path, None, found, shown=False)


def _several(standard: Any) -> tuple[Any, ...]:
    if isinstance(standard, tuple):
        return standard
    return (False, 0) if standard is None else (standard,)


def reset(kind: str, body: Any, attribute: str) -> Any:
    """The JSON with which a patch takes a field back to what it is by itself; None when there is none."""
    if attributes(body)[attribute]["type"][0] == "[":
        return []
    return plain(RESET[kind].get(attribute))
