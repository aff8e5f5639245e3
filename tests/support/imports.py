"""From REST JSON to a spec and back to the request bodies, in this process and without the rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from batchspec.compiler.compile import compile_spec
from batchspec.compiler.links import Links, Placeholders
from batchspec.compiler.program import Program
from batchspec.importing.assemble import Names
from batchspec.importing.rest import Imported, import_rest
from batchspec.reading import Mapping, load
from batchspec.source import SourceFile
from batchspec.spec.build import Spec, build
from batchspec.spec.draft import Settings, draft


def imported(*documents: Any, keep_secrets: bool = True, **names: str) -> Imported:
    """The spec of JSON documents, each a file of its own: `0.json`, `1.json` and so on."""
    sources = [
        SourceFile(f"{at}.json", one if isinstance(one, bytes) else json.dumps(one).encode())
        for at, one in enumerate(documents)
    ]
    return import_rest(sources, Names(**names), keep_secrets=keep_secrets)


def compiled(text: str, links: Links = Placeholders()) -> Program:  # noqa: B008  it holds nothing that changes
    """The program of a spec's text."""
    return compile_spec(built(text), links)


def built(text: str, folder: Path = Path()) -> Spec:
    """The spec of a text, whatever the rules say of it."""
    loaded = load(SourceFile((folder / "spec.yaml").as_posix(), text.encode()))
    assert loaded.value is not None, (text, loaded.diagnostics)
    (document,) = loaded.value
    assert isinstance(document, Mapping)
    drafted = draft(document, Settings())
    assert not drafted.diagnostics, drafted.diagnostics
    spec = build(drafted, folder, Settings()).spec
    assert spec is not None
    return spec


def rendered(*documents: Any) -> Program:
    """The program of the spec of JSON documents."""
    return compiled(imported(*documents).text)


def body(program: Program, kind: str) -> Any:
    """One request body as JSON; kind: pool, job, job_schedule or task, which is then the only one."""
    wire = program.wire()
    if kind != "task":
        return wire[kind]
    (task,) = wire["tasks"]
    return task
