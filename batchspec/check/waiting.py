"""The tasks that wait for others, without those that only repeat what another of their template says."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.spec.build import Spec
from batchspec.spec.model import Task


def waiting(spec: Spec) -> Iterator[tuple[range, Iterator[Task]]]:
    """Each template whose tasks may wait, and of its tasks those that differ in what they wait for."""
    for group in spec.groups:
        example = spec.tasks[group.start] if group else None
        if example is not None and (example.depends_on or example.inputs):
            yield group, iter((example,)) if len(group) == 1 else _distinct(spec, group)


def _distinct(spec: Spec, group: range) -> Iterator[Task]:
    """What a template's tasks share is one value; their nodes would be made for the question."""
    listed: object = None
    inputs: object = None
    for task in spec.tasks[group.start : group.stop]:
        if task.depends_on is not listed or task.inputs is not inputs:
            listed, inputs = task.depends_on, task.inputs
            yield task
