"""Who waits for whom: as text, for Mermaid (which GitHub draws in Markdown), and for Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from batchspec.cli.views.safe import line
from batchspec.cli.views.tables import columns
from batchspec.diag.nearest import listing
from batchspec.spec.outline import Step

_ENTITIES = str.maketrans({character: f"#{ord(character)};" for character in '#&"<>`[]\n'})


def text(title: str, steps: Sequence[Step]) -> Iterator[str]:
    """A line a step: its name, how many tasks it is, what it waits for."""
    count = sum(step.count for step in steps)
    yield f"{title}: {count:,} {'task' if count == 1 else 'tasks'}"
    rows = []
    for step in steps:
        after = line(listing([steps[at].label for at in step.after]))
        rows.append((f"  {line(step.label)}", _times(step), f"after {after}" if after else ""))
    yield from columns(rows)


def mermaid(_title: str, steps: Sequence[Step]) -> Iterator[str]:
    """A flow chart: https://mermaid.js.org/syntax/flowchart.html, whose labels write entities with # for &."""
    yield "flowchart TD"
    for place, step in enumerate(steps):
        yield f'  t{place}["{_label(step).translate(_ENTITIES)}"]'
    yield from (f"  t{before} --> t{place}" for before, place in _edges(steps))


def dot(title: str, steps: Sequence[Step]) -> Iterator[str]:
    """A directed graph in Graphviz's language: https://graphviz.org/doc/info/lang.html."""
    yield f"digraph {_quoted(title)} {{"
    yield "  node [shape=box]"
    for place, step in enumerate(steps):
        yield f"  t{place} [label={_quoted(_label(step))}]"
    yield from (f"  t{before} -> t{place}" for before, place in _edges(steps))
    yield "}"


def _edges(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    return ((before, place) for place, step in enumerate(steps) for before in step.after)


def _label(step: Step) -> str:
    return f"{line(step.label)} {_times(step)}".rstrip()


def _times(step: Step) -> str:
    return f"x {step.count:,}" if step.count > 1 else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
