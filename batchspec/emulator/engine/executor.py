"""Runs as real processes: directory, resource files, command, output files. One `Outcome` for each.

A run without files to move costs no thread; transfers share a small pool of them.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from batchspec.emulator.engine import downloads, environment, faults, uploads
from batchspec.emulator.engine.cancel import Cancel, Cancelled
from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.faults import Failed
from batchspec.emulator.engine.processes import Processes
from batchspec.emulator.engine.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchspec.emulator.engine.commands import Run
    from batchspec.emulator.engine.environment import Environment
    from batchspec.emulator.engine.layout import Layout
    from batchspec.emulator.engine.processes import Process
    from batchspec.emulator.engine.records import Body, Failure, Job, Node

T = TypeVar("T")

TRANSFERS = 8
"""Runs that may fetch or send files at the same time."""

_PATIENCE = 1.0
"""Seconds that threads may take to end at the end of all; a name server that does not answer holds one longer."""

_QUOTING = frozenset("'\"\\")

STOPPED = Outcome(None)
"""Of a run that was told to stop before its command began; the scheduler knows why."""


@dataclass(eq=False, slots=True)
class _Active:
    """What the executor knows of a run."""

    run: Run
    body: Body
    directory: str
    site: _Site
    stopped: bool = False
    cancel: Cancel | None = None
    """Of the present transfer."""
    process: Process | None = None


@dataclass(frozen=True, slots=True)
class _Site:
    """What the runs of one job on one node share; made once, since it is most of what a short task costs."""

    directory: str
    """Of the job; for a start task, of the node."""
    variables: dict[bytes, bytes]


class Executor:
    """Used on the event loop's thread, between `open` and `close`. `answer` gets each run's outcome, later or at
    once; `fail` gets an exception that nobody expected."""

    def __init__(
        self, layout: Layout, account: Callable[[], tuple[str, str]], urls: Callable[[str], str],
        put: uploads.Put | None, host: Mapping[str, str], grace: float, alone: bool,
        answer: Callable[[Run, Outcome], None], fail: Callable[[BaseException], None],
    ) -> None:  # fmt: skip
        self._layout, self._account, self._urls, self._put = layout, account, urls, put
        self._inherited = environment.inherited(host)
        self._processes = Processes(grace, alone)
        self._answer, self._fail = answer, fail
        self._closed = False
        self._emptying = self._discarded = False
        self._active: dict[Run, _Active] = {}
        self._sites: dict[tuple[Node, Job | None, bool], _Site] = {}
        self._full: set[Node] = set()
        self._chores: set[asyncio.Future[Any]] = set()
        self._threads = Threads(TRANSFERS, "transfer")

    @property
    def busy(self) -> bool:
        """Whether directories are still being removed; runs are the scheduler's to count."""
        return bool(self._chores)

    def start(self, run: Run, body: Body) -> None:
        try:
            site = self._site(run)
        except ValueError as error:  # a variable that cannot be written in this locale
            self._answer(run, Outcome(None, faults.launch(error, body["commandLine"]), "prepare"))
            return
        active = self._active[run] = _Active(run, body, f"{site.directory}/{self._layout.name(run)}", site)
        try:
            self._check_room(run.node)
            _make_directory(active.directory)
        except OSError as error:
            failure = faults.disk(error, "ResourceDirectoryCreateFailed", active.directory)
            self._end(active, Outcome(None, failure, "prepare"))
            return
        if files := body.get("resourceFiles"):
            wd, active.cancel = Path(active.directory, "wd"), Cancel()
            fetch = partial(downloads.fetch_all, files, wd, self._urls, active.cancel)
            work = partial(_tried, fetch, "ResourceFileWriteFailed", str(wd))
            self._background(work, then=partial(self._fetched, active))
        else:
            self._launch(active)

    def kill(self, run: Run, *, at_once: bool) -> None:
        """End what the run is doing; its outcome follows."""
        active = self._active.get(run)
        if active is None:
            return
        active.stopped = True
        if active.cancel is not None:
            active.cancel.set()
        if active.process is not None:
            self._processes.kill(active.process, at_once=at_once)

    def forget(self, node: Node | None = None, job: Job | None = None) -> None:
        """A node or a job is gone."""
        if node is not None:
            self._full.discard(node)
        self._sites = {
            key: site for key, site in self._sites.items() if key[0] is not node and (job is None or key[1] is not job)
        }

    def fill_disk(self, node: Node, *, full: bool) -> None:
        """From now on, what is written for runs on this node fails as on a full disk; or does so no more. What a
        process writes that already runs is its own."""
        if full:
            self._full.add(node)
        else:
            self._full.discard(node)

    def _check_room(self, node: Node) -> None:
        if node in self._full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def empty_trash(self) -> None:
        """Remove discarded directories in the background, however many, one thread at a time."""
        self._discarded = True
        if not self._emptying:
            self._discarded, self._emptying = False, True
            self._background(self._layout.empty_trash, then=self._emptied)

    def _emptied(self, _: None) -> None:
        self._emptying = False
        if self._discarded:
            self.empty_trash()

    async def close(self) -> None:
        """End all runs without an outcome, then the threads; bounded in time."""
        self._closed = True
        for active in self._active.values():
            if active.cancel is not None:
                active.cancel.set()
        await self._processes.stop()
        if self._chores:
            await asyncio.wait(self._chores, timeout=_PATIENCE)
        self._threads.close()

    def _launch(self, active: _Active) -> None:
        directory = active.directory
        if active.stopped:
            self._end(active, STOPPED)
            return
        program = active.body["commandLine"]
        try:
            self._check_room(active.run.node)
            argv = _words(program)
            if not argv:
                raise FileNotFoundError(errno.ENOENT, "the command line is empty")
            program = argv[0]
            own = environment.of_run(active.run, directory, active.body)
            env = active.site.variables | _encoded(own)
            active.process = self._processes.spawn(argv, directory, env, lambda code: self._exited(active, code))
        except (OSError, ValueError) as error:
            wd = Path(directory, "wd")  # without it an error says of the program that it is missing
            gone = None if wd.is_dir() else NotADirectoryError(errno.ENOTDIR, f"there is no directory {wd}")
            self._end(active, Outcome(None, faults.launch(gone or error, program), "prepare"))
        except Exception as error:  # noqa: BLE001 - what a task asks for may break the task, never the service
            self._end(active, Outcome(None, faults.unforeseen(error, "CommandLaunchFailed", directory), "prepare"))

    def _site(self, run: Run) -> _Site:
        # The preparation task itself is not told where the preparation task is.
        key = (run.node, run.job, run.kind == "prepare")
        site = self._sites.get(key)
        if site is None:
            directory = node_dir = self._layout.node(run.node.pool.id, run.node.id)
            variables = self._inherited | environment.of_node(run, node_dir, self._account())
            if run.job is not None:
                directory = self._layout.job(run.node, run.job)
                variables |= environment.of_job(run, directory)
            site = self._sites[key] = _Site(str(directory), _encoded(variables))
        return site

    def _fetched(self, active: _Active, failure: Failure | None) -> None:
        if failure is None:
            self._launch(active)
        else:
            self._end(active, Outcome(None, failure, "prepare"))

    def _exited(self, active: _Active, code: int) -> None:
        active.process = None
        files = uploads.wanted(active.body.get("outputFiles"), success=code == 0)
        if not files or active.run.ending in ("drop", "requeue"):
            self._end(active, Outcome(code))
            return
        upload = uploads.Upload(files, active.directory, self._urls)

        def sent(failure: Failure | None) -> None:
            self._end(active, Outcome(code) if failure is None else Outcome(code, failure, "upload"))

        tried = partial(_tried, code="FileUploadMiscError", directory=active.directory)
        failure = None if self._put is None else tried(partial(upload.send_near, self._put))
        if upload.done or failure is not None:
            sent(failure)
        else:
            active.cancel = Cancel()  # a new one: a time limit was for the command, and what that left is still sent
            self._background(partial(tried, partial(upload.send, active.cancel)), then=sent)

    def _background(self, work: Callable[[], T], *, then: Callable[[T], None]) -> None:
        """Do it in a thread, and the rest on the loop, unless all is being stopped by then."""
        chore = self._threads.run(work)
        self._chores.add(chore)

        def done(chore: asyncio.Future[T]) -> None:
            self._chores.discard(chore)
            try:
                result = chore.result()
                if not self._closed:
                    then(result)
            except BaseException as error:  # noqa: BLE001 - reported, and the engine ends
                self._fail(error)

        chore.add_done_callback(done)

    def _end(self, active: _Active, outcome: Outcome) -> None:
        del self._active[active.run]
        self._answer(active.run, outcome)


def _tried(move: Callable[[], None], code: str, directory: str) -> Failure | None:
    """Move files, and say why not all were."""
    try:
        move()
    except Failed as failed:
        return failed.failure
    except Cancelled:
        return None  # whoever cancelled knows why
    except OSError as error:
        return faults.disk(error, code, directory)
    except Exception as error:  # noqa: BLE001 - what a task asks for may break the task, never the service
        return faults.unforeseen(error, code, directory)
    return None


def _make_directory(directory: str) -> None:
    """The run's directory with its `wd`. A retry, or a run after a restart, finds what is there, as in the service."""
    try:
        os.mkdir(directory, 0o700)  # noqa: PTH102 - one per task; Path costs a third more
    except FileNotFoundError:
        Path(directory).mkdir(0o700, parents=True)
    except FileExistsError:
        Path(directory, "wd").mkdir(0o700, parents=True, exist_ok=True)
        return
    os.mkdir(f"{directory}/wd", 0o700)  # noqa: PTH102 - as above


def _encoded(variables: Environment) -> dict[bytes, bytes]:
    return {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}


def _words(command: str) -> list[str]:
    """Shell words; no shell sees them, so nothing else of a shell happens to them."""
    if not _QUOTING.intersection(command):  # shlex is slow, and most commands are plain
        return command.split()
    return shlex.split(command)
