"""Pages for a terminal: of a code, of a key of the language, and lists of both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from batchspec.cli.language import ROOT, Place
from batchspec.cli.views import words
from batchspec.diag.codes import BLOCKS, CODES, Code
from batchspec.diag.pages import lines, page
from batchspec.spec import durations

_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


def code_page(row: Code) -> str:
    """A code's page without its Markdown."""
    return "\n".join(_plain(row)) + "\n"


def _plain(row: Code) -> Iterator[str]:
    for line, is_code in lines(page(row.code)):
        if line.startswith("# ") and not is_code:
            yield f"{line[2:]} ({row.severity})"
        elif line.startswith("## ") and not is_code:
            yield line[3:]
        elif not is_code:
            yield _LINK.sub(r"\1 (\2)", line)
        elif not line.startswith("```"):
            yield f"    {line}".rstrip()


def key_page(place: Place) -> str:
    """A key's page: what it is, what it looks like, what it compiles to, and what is in it."""
    about = [place.path, "", *_about(place), "", *_aligned(_facts(place), "  ")]
    if place.row is not None:
        about += ["", "Example", "", *_indented(_example(place))]
    inner = list(place.children())
    if inner:
        about += ["", _heading(place, inner), "", *_aligned(map(_entry, inner), "  ")]
    return "\n".join(about) + "\n"


def _about(place: Place) -> list[str]:
    if place.row is not None:
        return [place.row.doc]
    return ["A name of your own, and what stands under it."]


def _facts(place: Place) -> Iterator[tuple[str, str]]:
    yield "type", words.kind(place.shape)
    row = place.row
    if row is not None:
        yield "required", "yes" if row.required else "no"
        if not row.required and row.default not in (None, ()):
            yield "default", _value(row.default)
    yield from words.facts(place.shape)
    models = [model.sdk for model in place.tables if model.sdk]
    compiled = place.service or " or ".join(models)
    if row is not None:
        yield "service", compiled or "no field of its own"
        if row.api:
            yield "versions", f"only API {row.api}"


def _value(value: Any) -> str:
    if isinstance(value, timedelta):
        return durations.show(value)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _example(place: Place) -> str:
    """The example as it stands in a spec, under all that is around it."""
    import yaml

    assert place.row is not None
    made = place.row.example
    for step in reversed(place.path.split(".")):
        name, brackets, _ = step.partition("[")
        made = {name: [made] if brackets else made}
    return str(yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100))


def _heading(place: Place, inner: list[Place]) -> str:
    rules = [
        f"{how} one of {', '.join(names)}"
        for model in place.tables
        for how, names in (("exactly", model.one_of), ("at least", model.any_of))
        if names
    ]
    if any(place.row is not None and place.row.required for place in inner):
        rules.insert(0, "* must be there")
    return f"Keys ({'; '.join(rules)})" if rules else "Keys"


def _entry(place: Place) -> tuple[str, str]:
    name = place.path.rpartition(".")[2]
    if place.row is None:
        return name, words.kind(place.shape)
    return name + " *" * place.row.required, place.row.doc.partition("\n")[0]


def overview() -> str:
    """What there is to explain."""
    counts = ((f"{block}xx", f"{what} ({_how_many(block)})") for block, what in BLOCKS.items())
    keys = ((place.path, place.row.doc) for place in ROOT.children() if place.row is not None)
    return "\n".join(
        (
            "batchspec explain CODE: what a finding means; batchspec rules lists all codes",
            "",
            *_aligned(counts, "  "),
            "",
            "batchspec explain KEY: a key of the language, by its path, such as pool.start_task or tasks.inputs.path",
            "",
            *_aligned(keys, "  "),
            "",
        )
    )


def _how_many(block: str) -> str:
    count = sum(code.startswith(block) for code in CODES)
    return f"{count} code{'s' * (count != 1)}"


def rules() -> str:
    """All codes, a line each."""
    return "".join(f"{line}\n" for line in _aligned((row.code, row.severity, row.name, row.summary) for row in _rows()))


def rules_document() -> dict[str, Any]:
    """All codes, for machines."""
    return {"format_version": "1.0", "rules": [{**row._asdict(), "help": row.help} for row in _rows()]}


def _rows() -> Iterable[Code]:
    return (row for row in CODES.values() if row.status != "retired")


def _aligned(rows: Iterable[tuple[str, ...]], indent: str = "") -> list[str]:
    """Columns, two blanks apart."""
    table = list(rows)
    widths = [max(map(len, column)) for column in list(zip(*table, strict=True))[:-1]]
    return [
        indent + "  ".join((*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1])).rstrip()
        for row in table
    ]


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.splitlines()]
