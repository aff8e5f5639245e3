"""Fuzz the loader, the expressions, the formulas, the patterns, the import and the whole of `validate`.

    python -m tests.fuzz [--seconds 600] [--keep FOLDER] [TARGET...]

Coverage-guided with atheris where it is installed, and blindly where it is not. Each target has a process of its own.
What breaks something is tried three times more by itself, made smaller, and kept. Exit code 1 when there is any.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.judge import Fault
from tests.fuzz.smaller import confirmed, smaller
from tests.fuzz.targets import TARGETS, prepare


def main(arguments: list[str] | None = None) -> int:
    """Fuzz each target for its share of the time; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="how long, all targets together")
    parser.add_argument("--keep", type=Path, help="where inputs are kept that broke something")
    parser.add_argument("--jobs", type=int, default=1, help="targets at the same time")
    given = parser.parse_args(arguments)
    targets = given.targets or list(TARGETS)
    keep = given.keep or Path(tempfile.mkdtemp(prefix="batchspec-fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    share = given.seconds * given.jobs / (len(targets) + 2 * ("validate" in targets))
    with ThreadPoolExecutor(given.jobs) as pool:
        counts = list(pool.map(lambda name: _run(name, share * (3 if name == "validate" else 1), keep), targets))
    print(f"{sum(counts)} faults, kept in {keep}" if any(counts) else "nothing found")
    return int(any(counts))


def _run(target: str, seconds: float, keep: Path) -> int:
    """One target in a process of its own; how many faults it has."""
    with tempfile.TemporaryDirectory() as name:
        found = Path(name)
        command = [sys.executable, "-m", "tests.fuzz.campaign", target, str(max(1, round(seconds))), name]
        with (found / "log").open("w") as log:
            done = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": "0"}, stderr=log, check=False)
        told = found / f"{target}.told"
        print(f"{target}: {told.read_text() if told.exists() else 'a few inputs'}", flush=True)
        if done.returncode:
            print(f"{target}: ended with {done.returncode}:", (found / "log").read_text()[-2000:], flush=True)
        slowest = found / f"{target}.slowest"
        if slowest.exists():
            (keep / slowest.name).write_bytes(slowest.read_bytes())
        return sum(_kept(target, words, keep) for words in sorted(found.glob("*.txt"))) or done.returncode


def _kept(target: str, words: Path, keep: Path) -> bool:
    """Whether a fault comes again; then it is kept, made smaller."""
    fault, data = Fault(words.stem, words.read_text()), words.with_suffix("").read_bytes()
    if not confirmed(target, data, fault):
        print(f"{target}: not again: {fault.words}", flush=True)
        return False
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        (keep / fault.key).write_bytes(smaller(target, data, fault, Path(name)))
    print(f"{target}: {fault.words}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
