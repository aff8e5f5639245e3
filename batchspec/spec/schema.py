"""The JSON Schema of the language (draft 2020-12), made from the models.

python -m batchspec.spec.schema [--check] PATH   write the file, or say whether it is what the models say
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from batchspec.spec import durations
from batchspec.spec.model import SpecKeys
from batchspec.spec.shape import JSON, Either, ListOf, MapOf, Shape, or_expression
from batchspec.spec.table import Bound, Key, Table

ID = "urn:batchspec:schema:v1"


def schema() -> JSON:
    """The whole schema."""
    models: dict[str, type[Bound]] = {}
    _collect(Table(SpecKeys), models)
    root = _table(models.pop(SpecKeys.__name__))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        **root,
        "$defs": {name: _table(models[name]) for name in sorted(models)},
    }


def _collect(shape: Shape, models: dict[str, type[Bound]]) -> None:
    if isinstance(shape, Table) and shape.model.__name__ not in models:
        models[shape.model.__name__] = shape.model
        for row in shape.model.rows.values():
            _collect(row.shape, models)
    for inner in _inside(shape):
        _collect(inner, models)


def _inside(shape: Shape) -> tuple[Shape, ...]:
    if isinstance(shape, ListOf):
        return (shape.item,)
    if isinstance(shape, MapOf):
        return (shape.value,)
    return shape.shapes if isinstance(shape, Either) else ()


def _table(model: type[Bound]) -> JSON:
    made: JSON = {
        "title": model.__name__,
        "description": (model.__doc__ or "").strip(),
        "type": "object",
        "properties": {name: _property(name, row) for name, row in model.rows.items()},
        "additionalProperties": False,
    }
    if model.required:
        made["required"] = [name for name in model.rows if name in model.required]
    if model.any_of:
        made["anyOf"] = [{"required": [name]} for name in model.any_of]
    if model.one_of:
        made["anyOf"] = [{"required": [name]} for name in model.one_of]
        made["dependentSchemas"] = {
            name: {"properties": {other: {"not": {}} for other in model.one_of[index + 1 :]}}
            for index, name in enumerate(model.one_of[:-1])
        }
    return made


def _property(name: str, row: Key) -> JSON:
    page: JSON = {
        "title": name.replace("_", " ").capitalize(),
        "description": row.doc,
        "examples": [row.example],
    }
    if not row.required and row.default not in (None, ()):
        page["default"] = durations.show(row.default) if isinstance(row.default, timedelta) else row.default
    return page | or_expression(row.shape.schema())


def text() -> str:
    """The file's text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or check it."""
    path = Path(arguments[-1])
    if "--check" not in arguments:
        path.write_text(text(), encoding="utf-8")
        return 0
    fresh = path.read_text(encoding="utf-8") == text()
    if not fresh:
        sys.stderr.write(f"{path} is not what the models say; run: python -m batchspec.spec.schema {path}\n")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
