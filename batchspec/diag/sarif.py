"""Findings as SARIF 2.1.0, which code scanning services read (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from batchspec import __version__
from batchspec.diag.codes import CODES
from batchspec.diag.model import Diagnostic, Severity
from batchspec.diag.pages import page
from batchspec.source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
BASE = "SRCROOT"  # what the paths are relative to
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def document(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """The whole log; of the rules only those that were broken."""
    found = list(diagnostics)
    rules = sorted({one.code for one in found})
    driver = {"name": "batchspec", "version": __version__, "rules": [_rule(code) for code in rules]}
    results = [_result(one, rules.index(one.code)) for one in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    row, text = CODES[code], page(code)
    level = _LEVELS[Severity(row.severity)]
    return {
        "id": code,
        "name": row.name,
        "shortDescription": {"text": row.summary},
        "help": {"text": text, "markdown": text},
        "helpUri": row.help,
        "defaultConfiguration": {"level": level},
    }


def _result(found: Diagnostic, rule: int) -> dict[str, Any]:
    message = f"{found.message}; {found.hint}" if found.hint else found.message
    # By the pointer and not by the line: a finding whose lines have moved is still the same finding.
    identity = (f"{found.code} {found.span.path if found.span else ''} {found.pointer or found.message}").encode(
        errors="backslashreplace"
    )
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": _LEVELS[found.severity],
        "message": {"text": message},
        "partialFingerprints": {"codeAndPointer/v1": hashlib.sha256(identity).hexdigest()[:32]},
    }
    if found.span is not None:
        result["locations"] = [{"physicalLocation": _place(found.span)}]
    if found.related:
        result["relatedLocations"] = [
            {"physicalLocation": _place(one.span), "message": {"text": one.message}} for one in found.related
        ]
    return result


def _place(span: Span) -> dict[str, Any]:
    uri = quote(os.fsencode(span.path))
    where = {"uri": uri} if span.path.startswith("/") else {"uri": uri, "uriBaseId": BASE}
    region = {
        "startLine": span.start.line,
        "startColumn": span.start.column,
        "endLine": span.end.line,
        "endColumn": span.end.column,
    }
    return {"artifactLocation": where, "region": region}
