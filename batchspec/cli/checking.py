"""Commands that look at a spec and touch nothing: validate, render."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import Annotated, Any

import typer

from batchspec import api
from batchspec.cli import options
from batchspec.cli.options import BodyFormat, Format
from batchspec.cli.views import findings
from batchspec.errors import ExitCode


def validate(
    specs: options.Specs,
    param: options.Parameters = None,
    target: options.Target = None,
    output: Annotated[Format, typer.Option("--format", help="How findings are shown.")] = Format.TEXT,
) -> int:
    """Check specs, offline: every error at once, at its line and column.

    Without --target, a spec is checked as written and with the changes of each of its targets.
    """
    checked = api.validate(specs, options.settings(param, target, offline=True))
    findings.show(checked, machine=output is Format.JSON)
    return ExitCode.OK if checked.ok else ExitCode.SPEC_HAS_ERRORS


def render(
    specs: options.Specs,
    param: options.Parameters = None,
    target: options.Target = None,
    output: Annotated[BodyFormat, typer.Option("--format", help="The format of the bodies.")] = BodyFormat.JSON,
) -> int:
    """Show the request bodies that a spec compiles to, offline.

    Signatures (SAS) and values from the environment are shown as placeholders.
    """
    from batchspec.compiler.links import Placeholders

    hidden = {name: f"${{{{ env.{name} }}}}" for name in os.environ}
    asked = replace(options.settings(param, target, offline=True), environ=hidden)
    checked = api.check_files(specs, asked)
    findings.show(checked, machine=False)
    if not checked.ok:
        return ExitCode.SPEC_HAS_ERRORS
    made = [api.compile_program(spec, Placeholders()).wire() for spec in checked.specs]
    sys.stdout.write(_text(made[0] if len(made) == 1 else made, output))
    return ExitCode.OK


def _text(document: Any, output: BodyFormat) -> str:
    if output is BodyFormat.JSON:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    import yaml

    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
