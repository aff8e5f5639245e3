"""Many lives: `python -m tests.faults.lives FIRST LAST` for the seeds from FIRST to before LAST.

With -v a life that breaks a law shows what its commands have said.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.faults.life import Life
from tests.faults.scene import scene
from tests.faults.steps import live

STEPS = 14
AT_ONCE = 10  # lives in one service


def main(first: int, last: int, *, verbose: bool) -> int:
    """Live through these seeds; how many broke a law."""
    broken = 0
    for begin in range(first, last, AT_ONCE):
        with tempfile.TemporaryDirectory() as name, scene(Path(name), hasty=True) as of, of.emulator.blobs() as blobs:
            for seed in range(begin, min(last, begin + AT_ONCE)):
                try:
                    live(Life(of, blobs, seed, verbose=verbose), STEPS)
                except AssertionError as error:
                    broken += 1
                    sys.stdout.write(f"=== seed {seed}\n{error}\n")
                sys.stdout.write(f"seed {seed}: {broken} broken\n")
                sys.stdout.flush()
    return broken


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), verbose="-v" in sys.argv) > 0)
