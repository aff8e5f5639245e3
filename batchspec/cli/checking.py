"""Commands that look at a spec and touch nothing: validate, render, graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchspec import api
from batchspec.cli import options, validating
from batchspec.cli.given import Format, Given, settings
from batchspec.cli.options import BodyFormat, GraphFormat
from batchspec.cli.views import findings, out
from batchspec.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from batchspec.compiler.program import Program


def validate(
    specs: options.SpecsOrFolders,
    *,
    given: Given,
    output: Annotated[Format, typer.Option("--format", help="How findings are shown.")] = Format.TEXT,
    as_of: options.AsOf = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
) -> int:
    """Check specs, offline: every error at once, at its line and column.

    A folder stands for every spec below it. Without --target, a spec is checked as written and with the changes of each
    of its targets.
    """
    return validating.validate(specs, given, output, as_of=as_of, strict=strict)


def render(
    specs: options.Specs,
    *,
    given: Given,
    output: Annotated[BodyFormat, typer.Option("--format", help="The format of the bodies.")] = BodyFormat.JSON,
) -> int:
    """Show the request bodies that a spec compiles to, offline.

    Signatures (SAS) and values from the environment are shown as placeholders.
    """
    from batchspec.compiler.links import Placeholders
    from batchspec.diag.secrets import Redactor

    checked = api.check_files(specs, settings(given, given.target, offline=True))
    findings.show(checked, aside=True)
    if not checked.ok:
        return ExitCode.SPEC_HAS_ERRORS
    if not checked.specs:
        raise UsageError("there is nothing to render", "set the variables that the notes above name")
    programs = [api.compile_program(spec, Placeholders()) for spec in checked.specs]
    made = [Redactor(_hidden(program)).document(program.wire()) for program in programs]
    out.write(_text(made[0] if len(made) == 1 else made, output))
    return ExitCode.OK


def graph(
    specs: options.Specs,
    *,
    every: Annotated[bool, typer.Option("--tasks", help="Show every task, and not each matrix as one step.")] = False,
    given: Given,
    output: Annotated[GraphFormat, typer.Option("--format", help="The language of the graph.")] = GraphFormat.TEXT,
) -> int:
    """Show which tasks wait for which, offline: as text, for Mermaid, which GitHub draws, or for Graphviz (dot)."""
    from batchspec.cli.views import graphs
    from batchspec.spec.outline import each, outline

    checked = api.check_files(specs, settings(given, given.target, lenient=True))
    findings.show(checked, aside=True)
    if not checked.ok:
        return ExitCode.SPEC_HAS_ERRORS
    if output is GraphFormat.MERMAID and len(checked.specs) > 1:
        raise UsageError("a Mermaid chart is of one spec", "name one file that holds one")
    shown = {GraphFormat.TEXT: graphs.text, GraphFormat.MERMAID: graphs.mermaid, GraphFormat.DOT: graphs.dot}[output]
    for spec in checked.specs:
        steps = each(spec) if every else outline(spec)
        out.write("".join(f"{line}\n" for line in shown(spec.keys.name, steps)))
    return ExitCode.OK


def _hidden(program: Program) -> frozenset[str]:
    """The secrets; and the fingerprints that they went into, from which a weak one could be guessed."""
    from batchspec.ports import FINGERPRINT_KEY

    bodies = [made.body for made in (program.pool, program.job, program.schedule) if made is not None]
    marks = {item.value for body in bodies for item in body.metadata if item.name == FINGERPRINT_KEY}
    return program.secrets | marks if program.secrets else frozenset()


def _text(document: Any, output: BodyFormat) -> str:
    if output is BodyFormat.JSON:
        import json

        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    import yaml

    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
