"""A hostile input: the files that it is made of, and the command line that meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000
HEAD = "batchspec: v1\nname: demo\n"
POOL = "pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}\n"
JOB = "job: {id: demo}\n"
TASKS = "tasks:\n"
TASK = "  - {id: a, command: ls}\n"


@dataclass(frozen=True)
class Case:
    """make: puts the files into an empty folder. arguments: after `validate`; the folder is the working directory."""

    make: Callable[[Path], None]
    arguments: tuple[str, ...] = ("spec.yaml",)


def text(content: str | bytes | Callable[[], str | bytes]) -> Case:
    """A case that is one file."""

    def make(folder: Path) -> None:
        made = content() if callable(content) else content
        data = made if isinstance(made, bytes) else made.encode("utf-8", errors="surrogatepass")
        (folder / "spec.yaml").write_bytes(data)

    return Case(make)


def tasks(lines: Iterable[str], before: str = "") -> str:
    """A spec with such tasks."""
    return HEAD + before + POOL + JOB + TASKS + "".join(f"  - {line}\n" for line in lines)


def task(line: str, before: str = "") -> str:
    """A spec with one task, in which something else stands, too."""
    return tasks([f"{{id: a, command: ls, {line}}}"], before)


def fill(piece: str, size: int = MB) -> str:
    """A piece until the size is reached."""
    return piece * (size // len(piece))
