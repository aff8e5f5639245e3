"""Questions, and what becomes of a command that is interrupted at one or after it."""

from __future__ import annotations

import sys

import pytest

from batchspec.cli.asking import agreed, declined, going_on
from batchspec.errors import ExitCode


class Terminal:
    """A person at a terminal: what they type, or what they press instead."""

    def __init__(self, typed: str | None) -> None:
        self.typed = typed

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        if self.typed is None:
            raise KeyboardInterrupt
        return self.typed


ANSWERS = {"y": ("y\n", True), "yes": ("YES\n", True), "n": ("n\n", False), "nothing": ("\n", False)}
ANSWERS |= {"the end of the input": ("", False)}


@pytest.mark.parametrize(("typed", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_only_a_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, typed: str, answer: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    assert agreed("delete it?", yes=False) is answer


def test_an_interrupt_at_a_question_is_a_no_on_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(None))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    answer = agreed("delete it?", yes=False)
    code = declined()

    assert (answer, code) == (False, ExitCode.INTERRUPTED)
    assert capsys.readouterr().err == "delete it? [y/N] \ncancelled, nothing was changed\n"


def test_who_interrupts_what_goes_on_without_us_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), going_on("it goes on"):
        raise KeyboardInterrupt

    assert capsys.readouterr().err == "\nit goes on\n"
