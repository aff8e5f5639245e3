"""Commands that tell what there is to know of batchspec itself: explain, rules, schema."""

from __future__ import annotations

import re
from enum import Enum
from typing import Annotated, Optional

import typer

from batchspec.cli.views import out
from batchspec.diag.codes import CODES, Code
from batchspec.errors import ExitCode, UsageError

What = Annotated[
    Optional[str],  # noqa: UP045
    typer.Argument(metavar="[CODE | KEY]", help="BS203, or a path such as pool.start_task.", show_default=False),
]


class ListFormat(str, Enum):
    """How a list is shown."""

    TEXT = "text"
    JSON = "json"


def explain(what: What = None) -> int:
    """Explain a finding by its code, or a key of the language by its path."""
    from batchspec.cli.views import pages

    if what is None:
        out.write(pages.overview())
    elif (row := _code(what)) is not None:
        out.write(pages.code_page(row))
    else:
        from batchspec.cli.language import find

        out.write(pages.key_page(find(what)))
    return ExitCode.OK


def _code(text: str) -> Code | None:
    """The row of a code or of its name; None for what can only be a key. Raises UsageError for an unknown code."""
    named = {row.name: row for row in CODES.values()}
    row = CODES.get(text.upper()) or named.get(text.lower())
    if row is not None and row.status == "retired":
        raise UsageError(f"the code {row.code} is retired; it was: {row.summary}")
    if row is None and (re.fullmatch(r"(?i)bs\d+", text) or "-" in text):
        from difflib import get_close_matches

        near = get_close_matches(text.upper(), CODES, 1, 0.7) or get_close_matches(text.lower(), named, 1)
        raise UsageError(
            f'there is no code "{text}"', f"did you mean {near[0]}?" if near else '"batchspec rules" lists them'
        )
    return row


def rules(
    output: Annotated[ListFormat, typer.Option("--format", help="How they are shown.")] = ListFormat.TEXT,
) -> int:
    """List every code that a finding can have."""
    from batchspec.cli.views import pages

    if output is ListFormat.JSON:
        import json

        out.write(json.dumps(pages.rules_document(), indent=2, ensure_ascii=False) + "\n")
    else:
        out.write(pages.rules())
    return ExitCode.OK


def schema() -> int:
    """Print the JSON Schema of the spec language, for editors."""
    from batchspec.check.shape import schema_text

    out.write(schema_text())
    return ExitCode.OK
