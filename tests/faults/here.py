"""`batchspec` commands in this process, through the proxy, with a clock that does not really wait for long."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

from batchspec.cli.main import run
from tests.faults.commands import Ended
from tests.faults.judges import failures, kth
from tests.faults.scene import Case, Scene

_MOMENTS = re.compile(r"(\d+(\.\d+)? ?(s|m|min|h)\b ?)+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[\d.,]+ (bytes|kB)")
_FOUND = re.compile("there already|taken up where it was left")
_WAITS = re.compile(r"waiting \d+ s: ")


@dataclass(frozen=True)
class Told:
    """How a command ended, and its lines in any order, as workers may tell them. waited: it has told of a wait."""

    code: int
    lines: tuple[str, ...]
    waited: bool = field(compare=False)


@dataclass(frozen=True)
class Here:
    """The commands of one case. Whoever makes it is in the case's folder, and has its account."""

    case: Case

    def __call__(self, *arguments: str) -> Ended:
        """A command line to its end."""
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = run(arguments)
        assert "Traceback" not in said.getvalue(), said.getvalue()
        return Ended(code, said.getvalue())

    def told(self, *arguments: str) -> Told:
        """What it says, for comparison.

        Left out is which case it is, when something was and how long it took, and whether what was not there before was
        made by us or by somebody else: where an answer was lost nobody knows.
        """
        made = self(*arguments)
        text = _FOUND.sub("created", made.output.replace(self.case.n, "N"))
        lines = text.splitlines()
        kept = sorted(" ".join(_MOMENTS.sub("", line).split()) for line in lines if not _WAITS.match(line))
        return Told(made.code, tuple(kept), len(kept) < len(lines))


def check_look(scene: Scene, look: Callable[[], object]) -> None:
    """Whichever request fails, the look sees what it sees without a fault."""
    truth: list[object] = []
    for k, kind in failures():
        if kind == "lost":
            continue  # to who only looks it is as a reset
        scene.proxy.judge(kth(k, kind))
        seen = look()
        truth = truth or [seen]
        assert [seen] == truth, scene.proxy.hit
        if k and scene.proxy.hit is None:
            assert k > 1
            return
        assert kind != "429" or not isinstance(seen, Told) or seen.waited, scene.proxy.hit
