"""The options that commands share."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
import typer
from typer.main import get_command

from batchspec.cli import options
from batchspec.cli.app import app
from batchspec.cli.explaining import rules
from batchspec.cli.given import Given
from batchspec.cli.shared import with_given

OPTIONS = ["param", "target", "params_file", "allow_outside", "max_tasks"]


def _taken(arguments: list[str]) -> tuple[Path, Given, bool]:
    taken: list[tuple[Path, Given, bool]] = []

    def command(spec: options.Spec, *, yes: options.Yes = False, given: Given) -> int:
        taken.append((spec, given, yes))
        return 0

    alone = typer.Typer()
    alone.command()(with_given(command))
    alone(arguments, standalone_mode=False)
    return taken[0]


WRITTEN = {
    "nothing": ("", Given()),
    "everything": (
        "-p a=1 --param b=2 --params-file p.yaml --target local --allow-outside --max-tasks 7",
        Given(["a=1", "b=2"], "local", [Path("p.yaml")], allow_outside=True, max_tasks=7),
    ),
}


@pytest.mark.parametrize(("words", "given"), WRITTEN.values(), ids=WRITTEN)
def test_a_command_is_given_what_was_written(words: str, given: Given) -> None:
    assert _taken(["spec.yaml", *words.split(), "--yes"]) == (Path("spec.yaml"), given, True)


COMMANDS: dict[str, click.Command] = get_command(app).commands  # type: ignore[attr-defined]  # of a group


@pytest.mark.parametrize(
    "name", [name for name, one in COMMANDS.items() if "param" in {own.name for own in one.params}]
)
def test_the_options_stand_together_and_in_one_order(name: str) -> None:
    names = [one.name for one in COMMANDS[name].params]

    start = names.index("param")

    assert names[start : start + len(OPTIONS)] == OPTIONS


def test_a_command_that_takes_none_is_left_as_it_is() -> None:
    assert with_given(rules) is rules
