"""What the benchmarks share: a command's wall and CPU time, a service that does nothing, and a table."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Seconds of a command and its children."""

    wall: float
    user: float
    system: float

    @property
    def cpu(self) -> float:
        """User and system time."""
        return self.user + self.system


def cost(command: Sequence[str | Path], folder: Path | None = None, environ: dict[str, str] | None = None) -> Cost:
    """Run a command to its end. Raises CalledProcessError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime)


@contextmanager
def null_service(folder: Path, *settings: int) -> Iterator[str]:
    """The URL of a null service of its own: latency in ms, tasks listed, tasks added. Needs a C compiler."""
    program = folder / "null_service"
    if not program.exists():
        source = Path(__file__).with_name("null_service.c")
        subprocess.run(["cc", "-O2", "-pthread", "-o", program, source], check=True)
    command: list[str | Path] = [program, *map(str, settings)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdin is not None
        assert service.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(service.stdout.readline())}"
        finally:
            service.stdin.close()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
