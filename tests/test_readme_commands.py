"""Every command and option that the README and the pages of docs/ name exists."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import typer

from batchspec.cli.app import app
from tests.support.prose import README, ROOT, each_page, section, without_blocks

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
NOT_OURS = {"--json-file"}  # an option of az batch


def command_lines(page: Path) -> list[list[str]]:
    """The words of each command line of ours: those in backticks, and those of consoles."""
    spans = re.findall(r"`(batchspec [^`]+)`", without_blocks(page))
    consoles = re.findall(r"^\$ (?:\S+/)?(batchspec [^#\n]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [line.replace("\n", " ").split()[1:] for line in (*spans, *consoles)]


@cache
def options_of(command: str, sub: str = "") -> frozenset[str]:
    """The options of a command, or of one of its own commands."""
    if command == "emulator":
        asked = [sys.executable, "-m", "batchspec.emulator", sub, "--help"]
        said = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        return frozenset(re.findall(r"--?[a-z][a-z-]*", said))
    found = COMMANDS[command]
    found = found.commands[sub] if sub else found
    return frozenset(one for option in found.params for one in (*option.opts, *option.secondary_opts))


def subcommands(command: str) -> frozenset[str]:
    if command == "emulator":
        return frozenset(("serve", "stop", "reset"))
    return frozenset(getattr(COMMANDS[command], "commands", ()))


@each_page
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    for command, *words in command_lines(page):
        if command in ("COMMAND", "--help"):
            continue
        subs = subcommands(command)
        named = words[0].replace("\\|", "|").split("|") if subs and words else [""]
        assert set(named) <= (subs or {""}), (command, words)
        given = [word.strip("[]").partition("=")[0] for word in words if re.match(r"\[?-", word)]
        for sub in named:
            assert set(given) <= options_of(command, sub) | {"--help"}, (command, sub, given)


@each_page
def test_every_option_that_is_named_by_itself_exists(page: Path) -> None:
    every: set[str] = set(NOT_OURS)
    for command in COMMANDS:
        for sub in subcommands(command) or ("",):
            every |= options_of(command, sub)

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", without_blocks(page, "yaml"))) <= every | {"--help"}


def test_the_table_of_commands_has_every_command() -> None:
    listed = re.findall(r"^\| `batchspec (\w+)", section(README, "Commands"), re.MULTILINE)

    assert sorted(listed) == sorted(COMMANDS)
