"""An input that broke something, tried again by itself, and with as much of it taken away as can be."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.judge import Fault, judge
from tests.fuzz.targets import prepare

TIMES = 3
_PATIENCE = 20.0  # seconds for one input


def confirmed(target: str, data: bytes, fault: Fault) -> bool:
    """Whether the fault comes again in processes of their own, where nothing is instrumented, each time."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        command = [sys.executable, "-m", "tests.fuzz.smaller", target, file.name]
        keys = [subprocess.run(command, capture_output=True, encoding="utf-8", check=False) for _ in range(TIMES)]
    return all(one.returncode < 0 or one.stdout.strip() == fault.key for one in keys)


def smaller(target: str, data: bytes, fault: Fault, folder: Path) -> bytes:
    """The smallest input with the same fault that is found in some time: lines are taken away, then characters."""
    if fault.key.endswith(("-cpu", "-memory")):
        return data
    end = time.monotonic() + _PATIENCE
    for splits in (b"\n", b""):
        parts = data.split(splits) if splits else [data[at : at + 1] for at in range(len(data))]
        size = max(1, len(parts) // 2)
        while size and time.monotonic() < end:
            at = 0
            while at < len(parts) and time.monotonic() < end:
                fewer = [*parts[:at], *parts[at + size :]]
                found = judge(target, splits.join(fewer), folder).fault
                if found is not None and found.key == fault.key:
                    parts = fewer
                else:
                    at += size
            size //= 2
        data = splits.join(parts)
    return data


def main(arguments: list[str]) -> int:
    """Say which fault a file is for a target: `python -m tests.fuzz.smaller TARGET FILE`."""
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        fault = judge(arguments[0], Path(arguments[1]).read_bytes(), Path(name)).fault
    print(fault.key if fault else "")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
