"""What a fuzz run begins with: real files, and what once broke something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"

_FORMULAS = (
    b"$TargetDedicatedNodes = 1;",
    (
        b"s = $PendingTasks.GetSample(TimeInterval_Minute * 15);\n$TargetDedicatedNodes = max(0, min(avg(s), 10));\n"
        b"$NodeDeallocationOption = taskcompletion;"
    ),
    b"// a comment\nt = time(); $TargetLowPriorityNodes = t.hour > 8 && t.weekday <= 5 ? 10 : 0;",
)
_EXPRESSIONS = (
    b"${{ params.date }}", b"a-${{ matrix.i }}-${{ matrix.row.a }}", b"${{ 'x' if params.flag else params.n * 2 }}",
    b"${{ env.NOPE | default(null) }}", b"${{ params.long | replace('a', 'b') | upper | length }}",
    b"${{ matrix.file.stem ~ '-' ~ params.x | round(1) }}", b"${{ [1, 2, 3] | max }}", b"${{ params.date.startswith('20') }}",
)  # fmt: skip
_PATTERNS = (b"[a-z]+\nabc", b"(a|b)*c{2,3}\nababcc", b"\\d{4}-\\d\\d\n2026-01", b"^(?:x?y)+$\nxyy")


def seeds(target: str) -> Iterator[bytes]:
    """The inputs of a target."""
    yield from (path.read_bytes() for path in corpus() if path.is_file())
    fixed = {"autoscale": _FORMULAS, "expression": _EXPRESSIONS, "pattern": _PATTERNS}
    if target in fixed:
        yield from fixed[target]
    elif target == "import":
        yield from _bodies()
    else:
        yield from (path.read_bytes() for path in sorted(ROOT.glob("specs/*.yaml")))
        yield from (path.read_bytes() for path in sorted(ROOT.glob("tests/cases/*/*.yaml")))


def corpus() -> list[Path]:
    """What once broke something: a file each, whose name says what."""
    return sorted(path for path in CORPUS.iterdir() if path.is_file() and path.suffix != ".md")


def _bodies() -> Iterator[bytes]:
    """The bodies that the shipped specs compile to."""
    import json

    from batchspec import api
    from batchspec.compiler.links import Placeholders
    from batchspec.spec.draft import Settings

    for path in sorted(ROOT.glob("specs/*.yaml")):
        for spec in api.check_files([path], Settings(offline=True)).specs:
            wire = api.compile_program(spec, Placeholders()).wire()
            parts = [one for value in wire.values() for one in (value if isinstance(value, list) else [value])]
            yield from (json.dumps(one, indent=1).encode()[:20_000] for one in parts[:4] if isinstance(one, dict))
