"""What tasks have printed, on a terminal: whose it is, and nothing that the terminal would obey."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from batchspec.cli.views import safe
from batchspec.cli.views.lines import JsonLines
from batchspec.cli.views.people import People
from batchspec.cli.views.prefixes import Prefixes
from batchspec.cli.views.screen import Screen
from batchspec.run.events import NothingPrinted, Output
from batchspec.run.why.facts import Reason

PRINTED = {
    "plain": ("one\ntwo\n", ["one", "two"]),
    "without an end": ("one\ntwo", ["one", "two"]),
    "empty lines": ("\n\nx\n", ["", "", "x"]),
    "colours": ("\x1b[31;1mred\x1b[0m\n", ["red"]),
    "the cursor and the screen": ("\x1b[2J\x1b[1;1Hover\x1b[K\n", ["over"]),
    "the window's title": ("a\x1b]0;evil\x07b\x1b]2;more\x1b\\c\n", ["abc"]),
    "the clipboard": ("\x1b]52;c;cm0gLXJm\x07x\n", ["x"]),
    "device control": ("\x1bPq#0\x1b\\x\n", ["x"]),
    "a reset": ("\x1bcx\n", ["x"]),
    "the short form of an order": ("\x9b31mx\n", ["x"]),
    "half an order": ("\x1b[3\n", ["3"]),
    "a progress bar": ("10%\r20%\r\n", ["10%", "20%"]),
    "a bell and a backspace": ("a\x07b\x08c\n", ["a\ufffdb\ufffdc"]),
    "a tab": ("a\tb\n", ["a\tb"]),
    "letters that run backwards": ("a\u202eb\n", ["a\ufffdb"]),
    "other languages": ("größe 大きさ 😀\n", ["größe 大きさ 😀"]),
}


@pytest.mark.parametrize(("text", "lines"), PRINTED.values(), ids=PRINTED)
def test_a_terminal_obeys_no_task(text: str, lines: list[str]) -> None:
    assert safe.lines(text) == lines


@given(st.text(alphabet=st.characters(max_codepoint=0xFF)))
def test_no_control_character_comes_through(text: str) -> None:
    shown = "".join(safe.lines(text))

    assert not [char for char in shown if char != "\t" and (ord(char) < 32 or 0x7F <= ord(char) < 0xA0)]


def test_what_machines_read_has_no_control_character_either(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines().events(iter([Output("a", "stdout", "\x1b[31m\x9b31m\x7f\n")]))

    line = capsys.readouterr().out
    assert json.loads(line)["text"] == "\x1b[31m\x9b31m\x7f\n"
    assert line.rstrip("\n").isprintable()


def of(task_ids: Sequence[str], *, colour: bool = False) -> Prefixes:
    made = Prefixes(colour=colour)
    made.of_tasks(task_ids, others=False)
    return made


def test_prefixes_are_as_wide_as_the_longest() -> None:
    prefix = of(["a", "merge"])

    assert [prefix("a"), prefix("merge")] == ["a     | ", "merge | "]


def test_a_very_long_id_does_not_push_the_others_away() -> None:
    assert len(of(["a", "x" * 64])("a")) == 43


def test_of_one_task_there_is_nothing_to_tell_apart() -> None:
    assert of(["a"])("a") == "  | "


def test_one_task_of_several_is_named() -> None:
    prefix = Prefixes(colour=False)
    prefix.of_spec(5)
    prefix.of_tasks(["merge"], others=False)

    assert prefix("merge") == "merge | "


def test_each_task_has_a_colour_of_its_own_and_keeps_it() -> None:
    prefix = of(["a", "b"], colour=True)

    assert prefix("a") == "\x1b[36ma |\x1b[0m "
    assert prefix("b") == "\x1b[33mb |\x1b[0m "
    assert prefix("a") == "\x1b[36ma |\x1b[0m "


def test_why_there_is_nothing_is_told_beside_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = NothingPrinted(("a",), 1, "have not started"), NothingPrinted(("a", "b"), 5, "have not started")

    People().events(iter([Output("a", "stdout", "x\n"), one, two, NothingPrinted((), 0, "no task has failed")]))

    shown = capsys.readouterr()
    assert shown.out == "  | x\n"
    assert shown.err == "task a: has not started\n5 tasks (a, b, ...): have not started\nno task has failed\n"


def test_a_reason_is_a_sentence_its_code_a_hint_and_the_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    People().why([Reason("it waits"), Reason("it failed", "BS801", hint="mend it", excerpt="one\n\x1b[31mtwo")])

    assert capsys.readouterr().out == "it waits\nit failed [BS801]\n  hint: mend it\n  | one\n  | two\n"


def test_elsewhere_than_on_a_terminal_a_block_comes_again_when_it_has_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(live=False)
    for block in (["a", "b"], ["a", "b"], ["c"]):
        screen.show(block)

    assert capsys.readouterr().out == "a\nb\n\nc\n"


def test_on_a_terminal_a_block_goes_over_the_last(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "5")
    monkeypatch.setenv("LINES", "4")
    screen = Screen(live=True)

    screen.show(["too wide", "b"])
    screen.show(["1", "2", "3", "too high"])
    screen.show(["x"])

    assert capsys.readouterr().out == "too \nb\n\x1b[2A\x1b[J1\n2\n3\n\x1b[3A\x1b[Jx\n"
