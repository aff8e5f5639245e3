"""Which tasks a `Task_List` shows, found by the cheapest way that its filter allows.

| the filter demands | looked at | order |
| --- | --- | --- |
| stateTransitionTime ge or gt T | what changed since T | by time of change |
| state eq 'running' or 'preparing' | what the nodes hold | of addition |
| another state | all tasks of the job, by that alone | of addition |
| anything else | all tasks of the job | of addition |

In order of change a task that changes between two pages moves behind both, so it is never missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from batchspec.emulator.batch.call import Call, number_of
from batchspec.emulator.batch.documents.members import lookup
from batchspec.emulator.batch.documents.tasks import RECORD
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.engine.records import Job, Task
from batchspec.emulator.wire.odata.ast import Filter, Time, matches
from batchspec.emulator.wire.odata.lists import conjunct
from batchspec.emulator.wire.paging import read_token
from batchspec.emulator.wire.times import unix_time

Cursor = Callable[[Task], str]
_MICROSECOND = 1e-6


def tasks_of(call: Call, job: Job, wanted: Filter | None) -> tuple[Iterator[Task], Cursor]:
    """The tasks after the request's token, and how to write the token of the last one shown."""
    since = conjunct(wanted, "stateTransitionTime", "ge", "gt", "eq")
    if since is not None and isinstance(since.value, Time):
        tasks, cursor = _changed(call, job, unix_time(since.value.text))
    else:
        tasks, cursor = _added(call, _candidates(call.engine, job, wanted))
    if wanted is None:
        return iter(tasks), cursor
    return (task for task in tasks if matches(wanted, lookup(RECORD, task, call.view))), cursor


def _changed(call: Call, job: Job, since: float) -> tuple[Iterable[Task], Cursor]:
    token = read_token(call.request)
    after = (0, -1)
    if token is not None:
        time, _, number = token.partition("-")
        after = (number_of(time), number_of(number))
        since = max(since, after[0] / 1e6)
    # times are written to the microsecond: what was rounded up to T must be found by T
    changed = call.engine.changed_since(job, since - _MICROSECOND)
    tasks = sorted((task for task in changed if _moved(task) > after), key=_moved)
    return tasks, lambda task: "{}-{}".format(*_moved(task))


def _moved(task: Task) -> tuple[int, int]:
    return round(task.state_time * 1e6), task.number


def _added(call: Call, tasks: Iterable[Task]) -> tuple[Iterable[Task], Cursor]:
    after = call.after_number()
    return (task for task in tasks if task.number > after), lambda task: str(task.number)


def _candidates(engine: Engine, job: Job, wanted: Filter | None) -> Iterable[Task]:
    state = conjunct(wanted, "state", "eq")
    if state is None:
        return job.tasks
    if state.value not in ("running", "preparing"):
        return [task for task in job.tasks if task.state == state.value]
    nodes = (node for pool in engine.pools.values() for node in pool.nodes.values())
    return sorted((task for node in nodes for task in node.tasks if task.job is job), key=lambda task: task.number)
