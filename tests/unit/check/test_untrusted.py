"""Any bytes in, findings or a spec out: the fuzz targets, with what hypothesis thinks of."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.fuzz.judge import judge
from tests.fuzz.mutate import mutate, tokens
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, prepare
from tests.support import yaml_texts

SEEDS = {target: list(seeds(target)) for target in TARGETS}
ENOUGH = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        yield Path(name)


def faults(target: str, data: bytes, place: Path) -> str:
    """What the oracle says, but for the time: machines differ."""
    fault = judge(target, data, place).fault
    return "" if fault is None or fault.key.endswith("-cpu") else fault.words


@pytest.mark.parametrize("target", TARGETS)
@ENOUGH
@given(luck=st.integers(0, 2**32 - 1))
def test_a_changed_file_breaks_no_promise(target: str, place: Path, luck: int) -> None:
    begin = SEEDS[target][luck % len(SEEDS[target])]

    assert faults(target, mutate(begin, luck, 20_000), place) == ""


@pytest.mark.parametrize("target", TARGETS)
@ENOUGH
@given(data=st.binary(max_size=200) | st.lists(st.sampled_from(tokens()), max_size=30).map("".join).map(str.encode))
def test_bytes_and_words_break_no_promise(target: str, place: Path, data: bytes) -> None:
    assert faults(target, data, place) == ""


@ENOUGH
@given(text=yaml_texts.texts)
def test_what_is_nearly_yaml_breaks_no_promise(place: Path, text: str) -> None:
    data = text.encode(errors="surrogatepass")

    assert [faults(target, data, place) for target in ("load", "validate")] == ["", ""]
