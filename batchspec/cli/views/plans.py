"""Plans on stdout, as text, JSON or Markdown."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from batchspec.cli.views import out
from batchspec.cli.views.findings import coloured, sources
from batchspec.diag import text as findings
from batchspec.diag.secrets import Redactor
from batchspec.planning import Plan, document, markdown, text


def show(plans: Sequence[Plan], form: str, secrets: frozenset[str]) -> None:
    """Write them; no secret stands in what is written."""
    redact = Redactor(secrets)
    if form == "json":
        out.write(json.dumps(redact.document(document.document(plans)), ensure_ascii=False, indent=2) + "\n")
    elif form == "markdown":
        out.write(redact(markdown.render(plans)))
    else:
        out.write("".join(redact(f"{words(plan)}\n") for plan in plans))


def words(plan: Plan) -> str:
    """One plan as text, with what stands in its way."""
    colour = coloured(sys.stdout)
    made = text.render(plan, colour=colour)
    if plan.problems:
        made += "\n" + findings.render(plan.problems, sources(plan.problems), colour=colour)
    return made
