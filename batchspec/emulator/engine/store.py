"""Everything that survives a kill -9, in SQLite.

A commit in WAL mode is in the hands of the operating system: it outlives this process, whatever ends it. It is not
synced to the disk each time, so after a power failure the last moments may be missing, but never half there.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import contextmanager
from dataclasses import asdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from batchspec.emulator.engine import bodies
from batchspec.emulator.engine.records import Execution, Failure, Job, Node, Pool, ScaleRun, Schedule, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from batchspec.emulator.engine.records import Body

    Record = Pool | Node | Job | Task | Schedule

VERSION = 2
BATCH = 500
_NUMBERED: Final = ("pools", "jobs", "tasks", "schedules")

_POOL: Final = ("number", "id", "body", "created", "modified", "version", "state", "state_time", "allocation",
                "allocation_time", "target_dedicated", "target_spot", "node_counter", "resize_errors", "scale_run",
                "scale_next", "scale_enabled")  # fmt: skip
_NODE: Final = ("pool", "number", "id", "dedicated", "created", "boot_time", "state", "state_time", "start_task",
                "total_run", "total_succeeded", "leaving")  # fmt: skip
_JOB: Final = ("number", "id", "body", "pool_id", "created", "modified", "version", "state", "state_time",
               "previous_state", "previous_state_time", "end_time", "terminate_reason", "disable_tasks",
               "preparations", "releases")  # fmt: skip
_SCHEDULE: Final = ("number", "id", "body", "created", "modified", "version", "state", "state_time", "previous_state",
                    "previous_state_time", "end_time", "made", "due", "next_run")  # fmt: skip
_TASK_FIXED: Final = ("number", "job", "id", "body", "created")
_TASK: Final = ("version", "modified", "state", "state_time", "previous_state", "previous_state_time", "start_time",
                "end_time", "exit_code", "failure", "result", "retry_count", "last_retry_time", "requeue_count",
                "last_requeue_time", "pool_id", "node_id", "satisfied")  # fmt: skip

_SCHEMA = f"""
CREATE TABLE pools (number INTEGER PRIMARY KEY, {", ".join(_POOL[1:])});
CREATE TABLE nodes ({", ".join(_NODE)}, PRIMARY KEY (pool, number));
CREATE TABLE jobs (number INTEGER PRIMARY KEY, {", ".join(_JOB[1:])});
CREATE TABLE tasks (number INTEGER PRIMARY KEY, {", ".join((*_TASK_FIXED[1:], *_TASK))});
CREATE TABLE schedules (number INTEGER PRIMARY KEY, {", ".join(_SCHEDULE[1:])});
CREATE TABLE clock (id INTEGER PRIMARY KEY, time);
CREATE INDEX tasks_of_job ON tasks (job);
PRAGMA user_version = {VERSION};
"""

_task_state = attrgetter(*_TASK)
_FAILURE_AT = _TASK.index("failure")

T = TypeVar("T")


class WrongVersion(Exception):
    """The file was written by another version of the emulator."""


class Store:
    """One connection, used on one thread. Methods that write are one transaction each."""

    def __init__(self, path: Path) -> None:
        # SQLite gives its companion files the mode of the first.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._db.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
            elif version != VERSION:
                raise WrongVersion(f"it has format {version}, this one reads format {VERSION}")
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    # Writing.

    def save(
        self, changed: Iterable[Record], erased: Iterable[Record], added: Sequence[tuple[Task, Body]] = (),
        clock: float | None = None,
    ) -> None:  # fmt: skip
        """Add tasks, write what changed and delete what is gone; `clock` is the time to go on from at the next
        start."""
        with self._transaction() as db:
            by_type: dict[type[Record], list[Any]] = {Pool: [], Node: [], Job: [], Task: [], Schedule: []}
            _insert_tasks(db, added)
            if clock is not None:
                db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (clock,))
            for record in changed:
                by_type[type(record)].append(record)
            _upsert(db, "pools", _POOL, map(_pool_row, by_type[Pool]))
            _upsert(db, "nodes", _NODE, map(_node_row, by_type[Node]))
            _upsert(db, "jobs", _JOB, map(_job_row, by_type[Job]))
            _upsert(db, "schedules", _SCHEDULE, map(_schedule_row, by_type[Schedule]))
            assignments = ", ".join(f"{name} = ?" for name in _TASK)
            db.executemany(
                f"UPDATE tasks SET {assignments} WHERE number = ?",  # noqa: S608 - names of columns, from this file
                ((*_state_row(task), task.number) for task in by_type[Task]),
            )
            for record in erased:
                _erase(db, record)

    def add_tasks(self, tasks: Sequence[tuple[Task, Body]]) -> None:
        with self._transaction() as db:
            _insert_tasks(db, tasks)

    def set_body(self, task: Task, body: Body) -> None:
        with self._transaction() as db:
            db.execute("UPDATE tasks SET body = ? WHERE number = ?", (_dump(body), task.number))

    # Reading.

    def task_bodies(self, tasks: Iterable[Task]) -> Iterator[Body]:
        """In the order given. Tasks must not be deleted while this iterates."""
        batch: list[int] = []
        for task in tasks:
            batch.append(task.number)
            if len(batch) == BATCH:
                yield from self._bodies(batch)
                batch = []
        yield from self._bodies(batch)

    def task_body(self, task: Task) -> Body:
        (text,) = self._db.execute("SELECT body FROM tasks WHERE number = ?", (task.number,)).fetchone()
        body: Body = json.loads(text)
        return body

    def clock(self) -> float | None:
        """The time to go on from; None when it never was another than the real one."""
        row = self._db.execute("SELECT time FROM clock").fetchone()
        return None if row is None else float(row[0])

    def schedules(self) -> list[Schedule]:
        schedules = [_read(Schedule, row, body=json.loads) for row in self._rows("schedules", "number")]
        for schedule in schedules:
            bodies.read_schedule(schedule)
        return schedules

    def load(self) -> tuple[list[Pool], list[Job], Iterator[tuple[Task, Body]]]:
        """All there is: pools with their nodes, jobs, and lazily their tasks, in order of addition."""
        pools = {
            row["number"]: _read(Pool, row, body=json.loads, resize_errors=_failures, scale_run=_scale_run)
            for row in self._rows("pools", "number")
        }
        for row in self._rows("nodes", "number"):
            pool = pools[row["pool"]]
            node = _read(Node, row, pool=pools.__getitem__, start_task=_execution,
                         dedicated=bool, leaving=bool)  # fmt: skip
            pool.nodes[node.id] = node
        jobs = {
            row["number"]: _read(Job, row, body=json.loads, preparations=_executions, releases=_executions)
            for row in self._rows("jobs", "number")
        }
        for pool in pools.values():
            bodies.read_pool(pool)
        for job in jobs.values():
            bodies.read_job(job)
        return list(pools.values()), list(jobs.values()), self._tasks(jobs)

    def last_number(self) -> int:
        """The greatest number given to any pool, job, task or schedule."""
        greatest = (self._db.execute(f"SELECT max(number) FROM {table}").fetchone() for table in _NUMBERED)  # noqa: S608
        return max(number or 0 for (number,) in greatest)

    def _tasks(self, jobs: dict[int, Job]) -> Iterator[tuple[Task, Body]]:
        for row in self._rows("tasks", "number"):
            job = jobs[row["job"]]
            body: Body = json.loads(row["body"])
            fields = dict(zip(row.keys(), row, strict=True))
            del fields["body"]
            fields |= {"job": job, "failure": _failure(fields["failure"]), "satisfied": bool(fields["satisfied"])}
            task = Task(**fields)
            bodies.read_task(task, body)
            yield task, body

    def _rows(self, table: str, order: str) -> sqlite3.Cursor:
        return self._db.execute(f"SELECT * FROM {table} ORDER BY {order}")  # noqa: S608 - names from this file

    def _bodies(self, numbers: Sequence[int]) -> Iterator[Body]:
        marks = ",".join("?" * len(numbers))
        query = f"SELECT number, body FROM tasks WHERE number IN ({marks})"  # noqa: S608 - only question marks
        found = dict(self._db.execute(query, numbers).fetchall())
        for number in numbers:
            yield json.loads(found[number])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _insert_tasks(db: sqlite3.Connection, tasks: Sequence[tuple[Task, Body]]) -> None:
    _insert(
        db, "tasks", (*_TASK_FIXED, *_TASK),
        ((task.number, task.job.number, task.id, _dump(body), task.created, *_state_row(task))
         for task, body in tasks),
    )  # fmt: skip


def _upsert(db: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    _insert(db, table, columns, rows, verb="INSERT OR REPLACE")


def _insert(db: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]],
            *, verb: str = "INSERT") -> None:  # fmt: skip
    marks = ", ".join("?" * len(columns))
    db.executemany(f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _erase(db: sqlite3.Connection, record: Record) -> None:
    if isinstance(record, Node):
        db.execute("DELETE FROM nodes WHERE pool = ? AND number = ?", (record.pool.number, record.number))
    elif isinstance(record, Task):
        db.execute("DELETE FROM tasks WHERE number = ?", (record.number,))
    elif isinstance(record, Job):
        db.execute("DELETE FROM tasks WHERE job = ?", (record.number,))
        db.execute("DELETE FROM jobs WHERE number = ?", (record.number,))
    elif isinstance(record, Schedule):
        db.execute("DELETE FROM schedules WHERE number = ?", (record.number,))
    else:
        db.execute("DELETE FROM nodes WHERE pool = ?", (record.number,))
        db.execute("DELETE FROM pools WHERE number = ?", (record.number,))


def _pool_row(pool: Pool) -> tuple[Any, ...]:
    return _row(pool, _POOL, body=_dump, resize_errors=_dump_failures, scale_run=_dump_scale_run)


def _node_row(node: Node) -> tuple[Any, ...]:
    return _row(node, _NODE, pool=lambda pool: pool.number, start_task=_dump_execution)


def _job_row(job: Job) -> tuple[Any, ...]:
    return _row(job, _JOB, body=_dump, preparations=_dump_executions, releases=_dump_executions)


def _schedule_row(schedule: Schedule) -> tuple[Any, ...]:
    return _row(schedule, _SCHEDULE, body=_dump)


def _row(record: Record, columns: Sequence[str], **encode: Callable[[Any], Any]) -> tuple[Any, ...]:
    values = ((name, getattr(record, name)) for name in columns)
    return tuple(encode[name](value) if name in encode else value for name, value in values)


def _state_row(task: Task) -> tuple[Any, ...]:
    row: tuple[Any, ...] = _task_state(task)
    if task.failure is None:
        return row
    return (*row[:_FAILURE_AT], _dump(asdict(task.failure)), *row[_FAILURE_AT + 1 :])


def _read(kind: Callable[..., T], row: sqlite3.Row, **decode: Callable[[Any], Any]) -> T:
    return kind(**{name: decode[name](row[name]) if name in decode else row[name] for name in row.keys()})  # noqa: SIM118 - a Row iterates its values


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _failure(text: str | None) -> Failure | None:
    return None if text is None else _failure_of(json.loads(text))


def _failure_of(fields: Body) -> Failure:
    return Failure(**{**fields, "details": tuple((name, value) for name, value in fields["details"])})


def _dump_failures(failures: Iterable[Failure]) -> str:
    return _dump([asdict(failure) for failure in failures])


def _failures(text: str) -> tuple[Failure, ...]:
    return tuple(map(_failure_of, json.loads(text)))


def _dump_scale_run(run: ScaleRun | None) -> str | None:
    return None if run is None else _dump(asdict(run))


def _scale_run(text: str | None) -> ScaleRun | None:
    if text is None:
        return None
    fields = json.loads(text)
    return ScaleRun(**{**fields, "error": None if fields["error"] is None else _failure_of(fields["error"])})


def _dump_execution(execution: Execution | None) -> str | None:
    return None if execution is None else _dump(asdict(execution))


def _execution(text: str | None) -> Execution | None:
    return None if text is None else _execution_of(json.loads(text))


def _execution_of(fields: Body) -> Execution:
    failure = fields["failure"]
    return Execution(**{**fields, "failure": None if failure is None else _failure_of(failure)})


def _dump_executions(executions: dict[str, Execution]) -> str:
    return _dump({node: asdict(execution) for node, execution in executions.items()})


def _executions(text: str) -> dict[str, Execution]:
    return {node: _execution_of(fields) for node, fields in json.loads(text).items()}
