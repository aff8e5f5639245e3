"""What the hostile cases cost, the worst first: `python -m tests.fuzz.worst [PART OF A NAME...]`.

Everything counts, from the start of the imports on. Exit code 1 when a promise is broken: 2 s of CPU, 500 MB, 20 MB of
output, or what the oracle says.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.fuzz.alone import FORMATS, Alone, Outcome, alone
from tests.fuzz.hostile import CASES, Case

CPU, MEMORY, OUTPUT = 2.0, 500.0, 20.0
_AGAIN = 3


def tried(runner: Alone, case: Case, style: str = "text") -> Outcome:
    """A case in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        case.make(folder)
        return runner.run(folder, case.arguments, style)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def broken(outcome: Outcome) -> str:
    """The promise that was broken, or nothing."""
    if outcome.problem:
        return outcome.problem
    over = [
        f"{value} {unit}"
        for value, most, unit in (
            (outcome.cpu, CPU, "s"), (outcome.memory, MEMORY, "MB"), (outcome.output, OUTPUT, "MB of output")
        )
        if value > most
    ]  # fmt: skip
    return ", ".join(over)


def _row(outcome: Outcome, name: str) -> str:
    shown = f"{outcome.cpu:7.2f} {outcome.memory:6.0f} {outcome.output:6.1f} {outcome.code:4}  {name}"
    return f"{shown}   <-- {broken(outcome)[-400:]}" if broken(outcome) else shown


def main(arguments: list[str]) -> int:
    """Run them, and show a table."""
    styles = [word[2:] for word in arguments if word[2:] in FORMATS] or ["text"]
    words = [word for word in arguments if not word.startswith("--")]
    rows: list[tuple[Outcome, str]] = []
    with alone() as runner:
        for name, case in CASES.items():
            for style in styles if not words or any(word in name for word in words) else ():
                outcome = tried(runner, case, style)
                nearly = CPU < outcome.cpu < 2 * CPU and not outcome.problem
                for _ in range(_AGAIN if nearly else 0):  # the machine is not ours alone
                    outcome = min(outcome, tried(runner, case, style), key=lambda one: one.cpu)
                rows.append((outcome, f"{name}{f' ({style})' if style != 'text' else ''}"))
                sys.stderr.write(_row(*rows[-1]) + "\n")
    rows.sort(key=lambda row: (not row[0].problem, -row[0].cpu))
    print(f"{'CPU s':>7} {'MB':>6} {'out MB':>6} {'exit':>4}  case")
    for outcome, name in rows:
        print(_row(outcome, name))
    return int(any(broken(outcome) for outcome, _ in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
