"""JSON files to documents: pools, jobs, job schedules and tasks, told apart by their keys."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from batchspec.compiler.attributes import attributes
from batchspec.compiler.extended import sdk_model
from batchspec.importing.told import CannotImport, Place, Told
from batchspec.source import SourceFile

MAX_BYTES = 64 * 1024 * 1024

KINDS = {
    "pool": "PoolAddParameter",
    "job": "JobAddParameter",
    "job schedule": "JobScheduleAddParameter",
    "task": "TaskAddParameter",
}
_SIGNS = {"jobSpecification": "job schedule", "commandLine": "task", "poolInfo": "job", "vmSize": "pool"}


class Document(NamedTuple):
    """One request body. kind: a key of KINDS."""

    kind: str
    members: dict[str, Any]
    place: Place


def documents(source: SourceFile, told: Told) -> list[Document]:
    """The request bodies of a file. Raises CannotImport when it is not JSON."""
    parsed, place = parse(source), Place(source.path)
    if isinstance(parsed, dict) and isinstance(parsed.get("value"), list):  # a collection
        parsed, place = parsed["value"], place / "value"
    if not isinstance(parsed, list):
        return list(_documents([(parsed, place)], told))
    if not parsed:
        told.problem(place, "the list is empty")
    return list(_documents(((one, place / at) for at, one in enumerate(parsed)), told))


def _documents(values: Iterable[tuple[Any, Place]], told: Told) -> Iterator[Document]:
    for value, place in values:
        kind = _kind(value)
        if kind:
            yield Document(kind, value, place)
        else:
            signs = "a pool has vmSize, a job poolInfo, a job schedule jobSpecification, a task commandLine"
            told.problem(place, f"this is no pool, job, job schedule or task: {signs}")


def _kind(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    certain = next((kind for sign, kind in _SIGNS.items() if sign in value), "")
    if certain:
        return certain
    shared = {kind: sum(key in value for key in _keys(model)) for kind, model in KINDS.items()}
    best = max(shared.values())
    likely = [kind for kind, count in shared.items() if count == best]
    return likely[0] if len(likely) == 1 else ""


def _keys(model: str) -> list[str]:
    return [told["key"] for told in attributes(sdk_model(model)).values()]


def parse(source: SourceFile) -> Any:
    """What a file says. Raises CannotImport."""
    if len(source.data) > MAX_BYTES:
        raise CannotImport(f"{source.path}: the file has {len(source.data):,} bytes; the limit is {MAX_BYTES:,}")
    try:
        return json.loads(
            source.data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except UnicodeDecodeError as error:
        raise CannotImport(f"{source.path}: byte {error.start} is not UTF-8", "save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise CannotImport(f"{source.path}:{error.lineno}:{error.colno}: this is not JSON: {message}") from None
    except RecursionError:
        raise CannotImport(f"{source.path}: the JSON is nested too deeply") from None
    except _Odd as error:
        raise CannotImport(f"{source.path}: {error}") from None
    except ValueError:  # Python reads no whole number of thousands of digits
        raise CannotImport(f"{source.path}: a number has too many digits") from None


class _Odd(Exception):
    """What JSON's grammar lets pass, or Python lets pass for JSON, and no service takes."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Odd(f'the key "{twice}" stands twice in one object')
    return made


def _constant(text: str) -> Any:
    raise _Odd(f"{text} is not a number in JSON")


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Odd(f"the number {text[:40]} is too large")
    return value
