"""What of a command only a shell would understand is found in one go over it, however hostile it is."""

from __future__ import annotations

import time

import pytest

from batchspec.check.shell_syntax import bare_script, may_need_shell, of_line, of_windows, open_quote

HOSTILE = {
    "escaped quotes": 'a "' + '\\"' * 40_000,
    "escaped quotes, and an end that escapes nothing": "a " + '\\"x' * 40_000 + "\\",
    "single quotes": "a " + "'" * 40_001,
    "all kinds of quotes": "a " + "\"'\\" * 20_000,
    "dollars": 'a "' + "$" * 40_000 + '"',
    "slashes": "a " + "/b" * 40_000,
    "words with a slash": " a/" * 20_000,
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_command_takes_no_longer_than_a_plain_one(line: str) -> None:
    start = time.process_time()

    for look in (may_need_shell, of_line, of_windows, open_quote, bare_script):
        look(line)

    assert time.process_time() - start < 1


def test_an_open_quote_is_told_and_one_that_is_escaped_is_none() -> None:
    lines = ('echo "a b', "echo it's", 'echo it\\\'s "a b"', "echo 'a\" b'")

    assert [open_quote(line) for line in lines] == ['"a', "'s", None, None]
