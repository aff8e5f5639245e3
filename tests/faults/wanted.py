"""A spec as a value that can be edited at random, and its text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

SIZES = ("Standard_D2s_v5", "Standard_D4s_v5")
KINDS = ("ok", "ok", "waits", "waits", "fails")  # waits: for the gate; fails: until it is mended
_ENDS = {
    "ok": "",
    "waits": "until test -e '{folder}/gate'; do sleep 0.05; done",
    "fails": "test -e '{folder}/mended' || exit 3",
}


@dataclass(frozen=True)
class Work:
    """A task. content: which of those that its id has had; limit: of its time, in hours."""

    content: int
    kind: str = "ok"
    limit: int = 10
    after: str = ""

    @property
    def mark(self) -> str:
        """What makes it this task and no other."""
        return f"{self.content}-{self.kind}-{self.after}"


FIRST = {
    "a": Work(0),
    "b": Work(0, "waits"),
    "c": Work(0, "waits", after="b"),
    "d": Work(0, "waits", after="c"),
}


@dataclass(frozen=True)
class Wanted:
    """A spec. folder: where its tasks look for the gate, and write down that they have run; pool: the end of its id."""

    n: str
    folder: Path
    pool: str = ""
    vm_size: str = SIZES[0]
    nodes: int = 1
    start: int = 0
    priority: int = 0
    days: int = 10
    pool_then: str = "keep"
    job_then: str = "keep"
    persist: bool = True
    tasks: dict[str, Work] = field(default_factory=lambda: dict(FIRST))

    @property
    def pool_id(self) -> str:
        return f"p-{self.n}{self.pool}"

    @property
    def job_id(self) -> str:
        return f"j-{self.n}"

    def text(self) -> str:
        """The spec, as JSON, which is YAML."""
        start = {"start_task": {"run": f"echo {self.start}"}} if self.start else {}
        return json.dumps(
            {
                "batchspec": "v1",
                "name": f"life-{self.n}",
                "storage": {"container": f"c-{self.n}"},
                "pool": {
                    "id": self.pool_id,
                    "vm_size": self.vm_size,
                    "image": "ubuntu-24.04",
                    "nodes": {"dedicated": self.nodes},
                    "task_slots_per_node": 8,
                    **start,
                },
                "on_finish": {"pool": self.pool_then, "job": self.job_then},
                "job": {"id": self.job_id, "timeout": f"{self.days}d", "priority": self.priority},
                "logs": {"persist": self.persist},
                "tasks": [self._task(task_id, work) for task_id, work in self.tasks.items()],
            },
            indent=1,
        )

    def _task(self, task_id: str, work: Work) -> dict[str, object]:
        end = _ENDS[work.kind].format(folder=self.folder)
        return {
            "id": task_id,
            "timeout": f"{work.limit}h",
            "environment": {"MARK": work.mark},
            "inputs": [{"path": "a.txt"}],
            "run": f"{end}\necho \"$AZ_BATCH_JOB_ID {task_id} $MARK\" >> '{self.folder}/ran'\n",
            **({"depends_on": [work.after]} if work.after in self.tasks else {}),
        }


Edit = Callable[["Lives", Wanted], Wanted]


class Lives:
    """Edits at random. A task's content is never one that its id has had before."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._contents = 0
        self._ids = 0

    def edit(self, wanted: Wanted) -> tuple[str, Wanted]:
        """One edit, and its name."""
        name = self.random.choices(list(_EDITS), [weight for weight, _ in _EDITS.values()])[0]
        return name, _EDITS[name][1](self, wanted)

    def work(self, wanted: Wanted) -> Work:
        """A task that was never there."""
        self._contents += 1
        after = self.random.choice(["", "", *wanted.tasks])
        return Work(self._contents, self.random.choice(KINDS), after=after)

    def add(self, wanted: Wanted) -> Wanted:
        self._ids += 1
        old = self.random.random() < 0.3  # an id that may have been there
        task_id = self.random.choice("abcd") if old else f"t{self._ids}"
        if task_id in wanted.tasks:
            return wanted
        return replace(wanted, tasks={**wanted.tasks, task_id: self.work(wanted)})

    def remove(self, wanted: Wanted) -> Wanted:
        if len(wanted.tasks) == 1:
            return wanted
        gone = self.random.choice(list(wanted.tasks))
        kept = {one: work for one, work in wanted.tasks.items() if one != gone}
        return replace(
            wanted,
            tasks={one: replace(work, after="") if work.after == gone else work for one, work in kept.items()},
        )

    def change(self, wanted: Wanted) -> Wanted:
        which = self.random.choice(list(wanted.tasks))
        self._contents += 1
        kind = self.random.choice(KINDS)
        work = replace(wanted.tasks[which], content=self._contents, kind=kind)
        return replace(wanted, tasks={**wanted.tasks, which: work})

    def limit(self, wanted: Wanted) -> Wanted:
        which = self.random.choice(list(wanted.tasks))
        work = replace(wanted.tasks[which], limit=self.random.choice([10, 11, 12]))
        return replace(wanted, tasks={**wanted.tasks, which: work})

    def one_of(self, wanted: Wanted, name: str, *values: object) -> Wanted:
        return replace(wanted, **{name: self.random.choice(values)})  # type: ignore[arg-type]


_EDITS: dict[str, tuple[int, Edit]] = {
    "add a task": (5, Lives.add),
    "remove a task": (4, Lives.remove),
    "change a task": (1, Lives.change),
    "change a limit": (2, Lives.limit),
    "nodes": (2, lambda lives, wanted: lives.one_of(wanted, "nodes", 1, 2)),
    "vm_size": (3, lambda lives, wanted: lives.one_of(wanted, "vm_size", *SIZES)),
    "priority": (2, lambda lives, wanted: lives.one_of(wanted, "priority", 0, 5, -7)),
    "timeout": (1, lambda lives, wanted: lives.one_of(wanted, "days", 10, 20)),
    "start task": (1, lambda lives, wanted: lives.one_of(wanted, "start", 0, 1, 2)),
    "pool id": (3, lambda lives, wanted: lives.one_of(wanted, "pool", "", "x")),
    "on_finish pool": (
        2,
        lambda lives, wanted: lives.one_of(wanted, "pool_then", "keep", "keep", "scale_to_zero", "delete"),
    ),
    "on_finish job": (1, lambda lives, wanted: lives.one_of(wanted, "job_then", "keep", "keep", "delete")),
    "logs": (1, lambda lives, wanted: lives.one_of(wanted, "persist", True, False)),
}
