"""explain, rules and schema as commands."""

from __future__ import annotations

import json

import pytest

from batchspec.check.shape import schema_text
from batchspec.cli.main import run
from batchspec.diag import CODES
from batchspec.errors import ExitCode


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(arguments) == ExitCode.OK
    return capsys.readouterr().out


@pytest.mark.parametrize("code", [code for code, row in CODES.items() if row.status != "retired"])
def test_every_code_is_explained(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", code)

    assert shown.startswith(f"{code} {CODES[code].name} ({CODES[code].severity})\n\n")
    assert [line for line in shown.splitlines() if line in ("Why", "Example", "Instead")] == [
        "Why",
        "Example",
        "Instead",
    ]
    assert "```" not in shown


@pytest.mark.parametrize("other", ["bs203", "unknown-dependency", "Unknown-Dependency"])
def test_a_code_may_be_named_in_other_ways(other: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "explain", other) == said(capsys, "explain", "BS203")


def test_a_key_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", "tasks.outputs.when")

    assert shown == (
        "tasks[].outputs[].when\n\n"
        "Keep it when the task succeeds, when it fails, or always.\n\n"
        "  type      a text\n"
        "  required  no\n"
        "  default   success\n"
        "  allowed   success, failure, always\n"
        f"  service   {shown.partition('  service   ')[2].splitlines()[0]}\n\n"
        "Example\n\n"
        "    tasks:\n"
        "    - outputs:\n"
        "      - when: always\n"
    )


def test_a_table_names_its_keys_and_which_must_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", "tasks")

    assert "Keys (* must be there; exactly one of command, run)\n" in shown
    assert "\n  id *" in shown


def test_explain_alone_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain")

    assert "BS2xx  names and references" in shown
    assert "\n  pool " in shown


UNKNOWN = {
    "BS2033": "did you mean BS203?",
    "bs204x": "there are",
    "BS000": "",
    "unknwon-dependency": "did you mean unknown-dependency?",
    "pool.imgae": "did you mean pool.image?",
    "zzz": "there are batchspec",
}


@pytest.mark.parametrize(("what", "hint"), UNKNOWN.items())
def test_what_is_not_there_is_a_usage_error(what: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", what]) == ExitCode.USAGE
    assert hint in capsys.readouterr().err


def test_rules_lists_every_code_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "rules").splitlines()

    assert [line.split()[0] for line in lines] == [code for code, row in CODES.items() if row.status != "retired"]
    assert len({line.index(CODES[line[:5]].summary) for line in lines}) == 1


def test_rules_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(said(capsys, "rules", "--format", "json"))

    assert document["format_version"] == "1.0"
    assert document["rules"][0] == {**CODES["BS001"]._asdict(), "help": "urn:batchspec:code:bs001"}


def test_schema_is_the_published_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "schema") == schema_text()
