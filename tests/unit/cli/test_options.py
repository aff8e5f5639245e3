from __future__ import annotations

import pytest

from batchspec.cli import options
from batchspec.errors import UsageError


def test_parameters_are_split_at_the_first_equals_sign() -> None:
    assert options.settings(["a=1", "b=x=y", "c="], None).parameters == {"a": "1", "b": "x=y", "c": ""}


@pytest.mark.parametrize("given", [["a"], ["=1"], ["a b=1"], ["a=1", "a=2"]])
def test_what_is_no_parameter_is_a_usage_error(given: list[str]) -> None:
    with pytest.raises(UsageError):
        options.settings(given, None)


SECONDS = {None: None, "90s": 90.0, "2h30m": 9000.0, "PT1M": 60.0}


@pytest.mark.parametrize(("text", "seconds"), SECONDS.items())
def test_durations_become_seconds(text: str | None, seconds: float | None) -> None:
    assert options.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "5", "soon", "1.5s", "-1s"])
def test_what_is_no_duration_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        options.seconds(text)
