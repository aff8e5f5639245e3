"""The scheduler is a state machine: nothing that it is made of has a time, a socket, a thread or randomness."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

IMPURE = {
    "asyncio", "http", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select", "shutil", "signal",
    "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
START = "batchspec.emulator.engine.scheduler"


def found(module: str) -> Path | None:
    """The file of a module of ours; None for a name in one."""
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


def imports(node: ast.AST) -> Iterator[str]:
    """What is imported to run, wherever in a file; not what type checkers alone look at."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from imports(child)


def parts() -> dict[str, ast.Module]:
    """The scheduler, and all of ours that it imports."""
    made: dict[str, ast.Module] = {}
    left = [START]
    while left:
        name = left.pop()
        path = found(name)
        if path is None:
            left.append(name.rpartition(".")[0])
        elif name not in made:
            made[name] = ast.parse(path.read_text(encoding="utf-8"))
            left += [one for one in imports(made[name]) if one.startswith("batchspec.")]
    return made


PARTS = parts()


def test_the_parts_are_those_that_one_would_think() -> None:
    assert {f"batchspec.emulator.engine.{name}" for name in ("board", "jobs", "tasks", "pools", "schedules")} < set(
        PARTS
    )


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_the_scheduler_imports_nothing_of_the_world(name: str) -> None:
    assert {one.partition(".")[0] for one in imports(PARTS[name])} & IMPURE == set()


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_the_scheduler_asks_no_clock(name: str) -> None:
    asked = {node.attr for node in ast.walk(PARTS[name]) if isinstance(node, ast.Attribute)}

    assert asked & {"utcnow", "today"} == set()
    assert not [
        node
        for node in ast.walk(PARTS[name])
        if isinstance(node, ast.Attribute) and node.attr == "now" and getattr(node.value, "id", "") == "datetime"
    ]
