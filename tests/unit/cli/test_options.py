from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from batchspec.cli import options
from batchspec.cli.given import Given, settings
from batchspec.errors import UsageError


def test_parameters_are_split_at_the_first_equals_sign() -> None:
    assert settings(Given(["a=1", "b=x=y", "c="]), None).parameters == {"a": "1", "b": "x=y", "c": ""}


@pytest.mark.parametrize("given", [["a"], ["=1"], ["a b=1"], ["a=1", "a=2"]])
def test_what_is_no_parameter_is_a_usage_error(given: list[str]) -> None:
    with pytest.raises(UsageError):
        settings(Given(given), None)


SECONDS = {None: None, "90s": 90.0, "2h30m": 9000.0, "PT1M": 60.0}


@pytest.mark.parametrize(("text", "seconds"), SECONDS.items())
def test_durations_become_seconds(text: str | None, seconds: float | None) -> None:
    assert options.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "5", "soon", "1.5s", "-1s"])
def test_what_is_no_duration_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        options.seconds(text)


def test_the_day_is_the_clocks_unless_one_is_given() -> None:
    def clock() -> date:
        return date(2030, 2, 3)

    assert settings(Given(), None, today=clock).as_of == date(2030, 2, 3)
    assert settings(Given(), None, as_of="2027-01-31", today=clock).as_of == date(2027, 1, 31)


@pytest.mark.parametrize("text", ["", "today", "2027-1-31", "20270131", "2027-02-30", "2027-W01-1", "2027-01-31T00:00"])
def test_what_is_no_day_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        settings(Given(), None, as_of=text)


def test_what_is_given_to_one_command_can_be_given_to_another() -> None:
    given = Given(["a=1"], "local", [Path("p.yaml")], allow_outside=True, max_tasks=7)

    made = settings(given, given.target)

    assert given.arguments() == [
        "--params-file", "p.yaml", "-p", "a=1", "--allow-outside", "--max-tasks", "7", "--target", "local",
    ]  # fmt: skip
    assert (made.params_files, made.allow_outside, made.max_tasks) == ((Path("p.yaml"),), True, 7)
    assert Given().arguments() == []
