"""A block of lines that is shown again and again: in its place on a terminal, elsewhere when it has changed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from batchspec.cli.views import out


class Screen:
    """The last block that was shown. live: a terminal shows it."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._shown: list[str] | None = None
        self._height = 0  # lines of the terminal that the block takes

    def show(self, lines: Sequence[str]) -> None:
        """Show a block in place of the last."""
        block = [line for text in lines for line in text.split("\n")]
        if block == self._shown:
            return
        if not self._live:
            out.write("".join(f"{line}\n" for line in (*([""] if self._shown is not None else []), *block)))
        else:
            self._redraw(block)
        self._shown = block

    def _redraw(self, block: Sequence[str]) -> None:
        columns, rows = shutil.get_terminal_size()
        # What is wider or higher than the terminal would move the lines that the next block has to go over.
        shown = [line[: max(1, columns - 1)] for line in block[: max(1, rows - 1)]]
        over = f"\x1b[{self._height}A\x1b[J" if self._height else ""
        out.write(over + "".join(f"{line}\n" for line in shown))
        self._height = len(shown)
