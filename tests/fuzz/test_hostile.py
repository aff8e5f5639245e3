"""Hostile inputs, each in a process with limits: findings or a spec, whatever it is.

Every fifth, or all with BATCHSPEC_HOSTILE=all. Seconds are for `python -m tests.fuzz.worst` to show: a machine that
does much else is slow, and that is no fault.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.fuzz.alone import FORMATS, Alone, alone
from tests.fuzz.hostile import CASES, OVER
from tests.fuzz.worst import MEMORY, OUTPUT, tried

ALL = [name for name in CASES if name not in OVER]
SHOWN = ALL if os.environ.get("BATCHSPEC_HOSTILE") == "all" else ALL[::5]  # all of them take minutes
STYLED = (
    "names of files",
    "everywhere: an escape sequence",
    "everywhere: a workflow command",
    "10,000 keys that stand twice",
)


@pytest.fixture(scope="module")
def runner() -> Iterator[Alone]:
    with alone(warm=True) as made:
        yield made


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.timeout(150)
def test_a_hostile_input_breaks_no_promise(name: str, runner: Alone) -> None:
    outcome = tried(runner, CASES[name])

    assert outcome.problem == ""
    assert outcome.memory <= MEMORY
    assert outcome.output <= OUTPUT


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("name", STYLED)
def test_no_output_is_broken_out_of(name: str, style: str, runner: Alone) -> None:
    assert tried(runner, CASES[name], style).problem == ""


def test_what_is_known_to_break_a_promise_is_a_case() -> None:
    assert set(OVER) <= CASES.keys()
