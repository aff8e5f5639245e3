"""One input through one target, under the oracle: a fault, or what it cost."""

from __future__ import annotations

import resource
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.oracle import Broken, watched
from tests.fuzz.targets import TARGETS

MOST_CPU = 2.0  # seconds
MOST_MEMORY = 500  # MB


@dataclass(frozen=True)
class Fault:
    """What an input did. key: the same for inputs that most likely meet the same fault."""

    key: str
    words: str


@dataclass(frozen=True)
class Verdict:
    """A fault, or none; the CPU that it took, in seconds."""

    fault: Fault | None
    cpu: float


def judge(target: str, data: bytes, folder: Path) -> Verdict:
    """Try an input. folder: as `targets.prepare` leaves it; the input becomes its spec.yaml."""
    (folder / "spec.yaml").write_bytes(data)
    before, memory = time.process_time(), _peak()
    fault: Fault | None = None
    try:
        with watched(folder):
            TARGETS[target](data, folder)
    except Exception as error:  # noqa: BLE001  any is a fault
        fault = _fault(target, error)
    cpu = time.process_time() - before
    if fault is None and cpu > MOST_CPU:
        fault = Fault(f"{target}-cpu", f"{cpu:.1f} s of CPU for {len(data):,} bytes")
    if fault is None and _peak() - memory > MOST_MEMORY:
        fault = Fault(f"{target}-memory", f"{_peak() - memory:,} MB for {len(data):,} bytes")
    return Verdict(fault, cpu)


def _peak() -> int:
    """The most memory that this process ever had, in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _fault(target: str, error: Exception) -> Fault:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "/batchspec/" in one.filename and "/tests/" not in one.filename] or list(frames)
    where = f"{Path(ours[-1].filename).stem}.{ours[-1].name}" if ours else "nowhere"
    what = str(error)[:40] if isinstance(error, Broken) else type(error).__name__
    key = f"{target}-{where}-{what}"
    return Fault(
        "".join(char if char.isalnum() or char in "-_" else "-" for char in key)[:100],
        f"{type(error).__name__}: {str(error)[:300]} at {where}:{ours[-1].lineno if ours else 0}",
    )
