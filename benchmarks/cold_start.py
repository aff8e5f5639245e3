"""Cold start: CPU of `batchspec --version` and `batchspec validate`, in units of `python -c pass`.

    python benchmarks/cold_start.py [ROUNDS]

Each round runs the reference and the commands one after the other, so that they share the machine's mood; the
ratio is the median of the rounds'. To hold: --version at most 3, validate at most 10.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

from measure import cost, table

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "batchspec --version": ["--version"],
    "batchspec validate specs/hexgrid.yaml": ["validate", "specs/hexgrid.yaml"],
    "batchspec validate specs/hexgrid-sharded.yaml": ["validate", "specs/hexgrid-sharded.yaml"],
}


def main(rounds: int) -> None:
    """Measure and print."""
    batchspec = str(Path(sys.executable).with_name("batchspec"))
    # Bytecode is kept, as in any installation; the first run writes it.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for arguments in COMMANDS.values():
        cost([batchspec, *arguments], ROOT, environ)
    reference: list[float] = []
    measured: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        reference.append(cost([sys.executable, "-c", "pass"], ROOT, environ).cpu)
        for name, arguments in COMMANDS.items():
            measured[name].append(cost([batchspec, *arguments], ROOT, environ).cpu)
    rows = [["python -c pass", f"{1000 * statistics.median(reference):.0f}", "1"]]
    for name, times in measured.items():
        ratios = [mine / base for mine, base in zip(times, reference, strict=True)]
        spread = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
        rows.append([name, f"{1000 * statistics.median(times):.0f}", spread])
    print(table(["command", "CPU ms", "ratio"], rows))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
