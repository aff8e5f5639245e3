"""Inputs and outputs to resource files, output files, uploads and downloads.

Outputs that another task takes land in a folder named after the task that made them. A file known by name is
fetched by its URL. What a pattern gave, and what a large group gave, is fetched by prefix: the service then keeps
each blob's whole path below `.batchspec`, and a line before the script links the folder to where it is expected.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from azure.batch.models import (
    ComputeNodeIdentityReference,
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadOptions,
    ResourceFile,
)

from batchspec.compiler.layout import group_folder, input_blob, job_folder, kept_as, logs_folder, task_folder
from batchspec.compiler.links import Links
from batchspec.compiler.lower import fields, like, lower
from batchspec.compiler.program import Download, Logs, Origin, Upload
from batchspec.compiler.record import slowly
from batchspec.spec.build import Spec
from batchspec.spec.files import Found, fixed_part, is_pattern, match, url_name
from batchspec.spec.model import Input, Manager, Output, Task

SMALL_GROUP = 100  # tasks whose outputs are still named one by one
FETCHED = ".batchspec"  # where the service puts what it fetches by prefix
LOGS = "../std*.txt"  # stdout.txt and stderr.txt: one entry for both costs half as many bytes a task
_UNREAD = "0" * 64  # in place of the hash of a file that cannot be read, of a program that is only looked at
_FILE = like(ResourceFile(), {})
CONDITIONS = {"success": "tasksuccess", "failure": "taskfailure", "always": "taskcompletion"}


@dataclass
class Files:
    """The files of one spec; local ones are read once, and become uploads as they are met."""

    spec: Spec
    links: Links
    run_id: str | None = None  # the job's id, when it is not the one that the spec says
    uploads: dict[str, Upload] = field(default_factory=dict)
    _placed: set[str] = field(default_factory=set)
    _prefixes: dict[str, str | None] = field(default_factory=dict)  # by the reference to a task or a name
    _found: dict[tuple[Path, str], tuple[Found, ...]] = field(default_factory=dict)
    _hashed: dict[Path, str] = field(default_factory=dict)

    @cached_property
    def container(self) -> str:
        """The storage container."""
        storage = self.spec.keys.storage
        return storage.container if storage is not None else "batchspec"

    @cached_property
    def _job_id(self) -> str:
        job = self.spec.keys.job
        assert job is not None, "only a job's tasks have outputs"
        return self.run_id or job.id

    def inputs(self, inputs: Iterable[Input]) -> list[ResourceFile]:
        """Resource files of inputs. Raises OSError when a local file cannot be read."""
        return [file for item in inputs for file in self.input(item)]

    def read_inputs(self, tasks: Iterable[Task]) -> None:
        """Meet all local files of tasks, so that nothing is left to be read. Raises OSError."""
        done: set[int] = set()  # what a template's tasks share is met once
        for task in tasks:
            inputs, settings = task.inputs, task.multi_instance_settings
            if settings is not None and settings.common_resource_files:
                inputs = (*inputs, *settings.common_resource_files)
            for item in inputs:
                if item.path is not None and id(item) not in done:
                    done.add(id(item))
                    self._meet(item)

    def _meet(self, item: Input) -> list[tuple[str, str]]:
        """The blobs of an input's local files, and what each of them is called on the node."""
        met = [(self._upload(found.path, item), _join(item.to, found.name)) for found in self._match(item)]
        self._placed.update(f"{blob} {destination}" for blob, destination in met)
        return met

    def take_placed(self) -> list[str]:
        """Content and destination of each local file met since the last call, sorted."""
        placed, self._placed = sorted(self._placed), set()
        return placed

    def input(self, item: Input) -> Sequence[ResourceFile]:
        """Resource files of one input. Raises OSError as `inputs` does."""
        made = (_from_url(item, item.url),) if item.url is not None else tuple(self._files(item))
        if item.file_mode is not None or item.identity_reference is not None:
            for file in made:
                file.file_mode = item.file_mode
                if item.identity_reference is not None:
                    file.identity_reference = lower(item.identity_reference)
        return made

    def _files(self, item: Input) -> Iterator[ResourceFile]:
        if item.path is not None:
            for blob, destination in self._meet(item):
                yield self._file(blob, destination)
        elif item.blob is not None:
            yield self._from_blob(item, item.blob)
        elif item.task is not None:
            yield from self._from_tasks(item)
        else:
            yield ResourceFile(**{"file_path": item.to, **fields(item)})

    def _match(self, item: Input) -> tuple[Found, ...]:
        assert item.path is not None
        folder, allowed = item.at("path").file.folder, self.spec.allow_outside
        if (folder, item.path) not in self._found:  # a template's tasks ask for the same again and again
            self._found[folder, item.path] = match(item.path, folder, self.spec.folder, allow_outside=allowed)
        return self._found[folder, item.path]

    def _from_blob(self, item: Input, blob: str) -> ResourceFile:
        place = _place(item, blob.rpartition("/")[2])
        if item.identity_reference is not None:  # it opens the blob, and `input` puts it in
            return ResourceFile(http_url=self.links.url(self.container, blob), file_path=place)
        return self._file(blob, place)

    def _from_tasks(self, item: Input) -> Iterator[ResourceFile]:
        prefix = self._by_prefix(item)
        if prefix is not None:
            url, prefix = self._reach(None, "rl"), f"{prefix}/"
            yield ResourceFile(
                storage_container_url=url, blob_prefix=prefix, file_path=FETCHED, identity_reference=self.identity
            )
            return
        for task in self._makers(item):
            for output in _kept(task):
                path = kept_as(output.path)
                yield self._file(f"{task_folder(self._job_id, task)}/{path}", _join(item.to, f"{task.id}/{path}"))

    def links_before(self, task: Task) -> str:
        """The start of a script that puts what is fetched by prefix where it is expected."""
        made = ""
        for item in task.inputs:
            prefix = self._by_prefix(item)
            if prefix is not None:
                made += link_line(prefix, item.to or ".", group=not self._is_one(item))
        return made

    def _by_prefix(self, item: Input) -> str | None:
        """The folder of blobs to fetch whole, or None when each file is fetched by its name."""
        if item.task is None:
            return None
        if item.task not in self._prefixes:
            makers = self._makers(item)
            patterns = any(is_pattern(output.path) for maker in makers for output in _kept(maker))
            one = self._is_one(item)
            folder = task_folder(self._job_id, makers[0]) if one else group_folder(self._job_id, item.task)
            self._prefixes[item.task] = folder if patterns or len(makers) > SMALL_GROUP else None
        return self._prefixes[item.task]

    def _makers(self, item: Input) -> list[Task]:
        graph = self.spec.graph
        return [graph.by_id[member] for member in graph.members(item.task or "")]

    def _is_one(self, item: Input) -> bool:
        return item.task in self.spec.graph.by_id

    def _file(self, blob: str, path: str) -> ResourceFile:
        return ResourceFile(http_url=self._reach(blob, "r"), file_path=path, identity_reference=self.identity)

    def written(self, name: str, data: bytes, origin: Origin, *, hidden: bool = False) -> ResourceFile:
        """What no file of the user's holds, under its name in the working directory.

        hidden: whether who may not read it could guess it, and see by the blob's name whether he is right.
        """
        made = slowly(data, self._job_id) if hidden else hashlib.sha256(data).digest()
        blob = input_blob(made.hex())
        self.uploads.setdefault(blob, Upload(Path(name), blob, len(data), origin, data))
        return self._file(blob, name)

    def _reach(self, blob: str | None, permissions: str) -> str:
        """How a node gets at a blob, or the container: by a signature, or the identity that goes with it."""
        if self.identity is not None:
            return self.links.url(self.container, blob)
        return self.links.link(self.container, blob, permissions)

    @cached_property
    def identity(self) -> ComputeNodeIdentityReference | None:
        """The identity of the nodes that opens the container, when a schedule says so."""
        schedule = self.spec.keys.schedule
        if schedule is None or schedule.credential != "managed_identity" or schedule.identity_reference is None:
            return None
        return ComputeNodeIdentityReference(resource_id=schedule.identity_reference.resource_id)

    def _upload(self, path: Path, item: Input) -> str:
        if path not in self._hashed:
            try:
                with path.open("rb") as stream:
                    self._hashed[path] = _digest(iter(lambda: stream.read(1 << 20), b""))
            except OSError:
                if not self.spec.lenient:
                    raise
                self._hashed[path] = _UNREAD
                return input_blob(_UNREAD)
            blob = input_blob(self._hashed[path])
            origin = Origin(item.at("path").span, f"{item.pointer}/path")
            self.uploads.setdefault(blob, Upload(path, blob, path.stat().st_size, origin))
        return input_blob(self._hashed[path])

    def outputs(self, task: Task | Manager) -> list[OutputFile] | None:
        """Output files of a task, each stored under its path in the working directory; then what it has printed.

        The service names a pattern's matches from the folder of the first wildcard, as its samples show for
        `../std*.txt`; what stands before that is therefore part of the destination.
        """
        made = [
            OutputFile(
                file_pattern=output.path,
                destination=self._destination(task, output),
                upload_options=OutputFileUploadOptions(upload_condition=CONDITIONS[output.when]),
            )
            for output in task.outputs
        ]
        # The manager of a schedule's jobs starts long after a signature has ended, and would fail for its logs alone.
        signed_once = isinstance(task, Manager) and self.spec.keys.schedule is not None and self.identity is None
        if self.logs is Logs.KEPT and not signed_once:
            made.append(self._logs(task))
        return made or None

    @cached_property
    def logs(self) -> Logs:
        """Whether what tasks print is kept in storage: as the spec says, where there is any."""
        keys = self.spec.keys
        if keys.logs is not None and not keys.logs.persist:
            return Logs.OFF
        return Logs.KEPT if self.links.stores else Logs.NOWHERE

    def _logs(self, task: Task | Manager) -> OutputFile:
        # Every task of a large job has one.
        entry = self._log_entry
        container = like(entry.destination.container, {"path": f"{self._logs_folder}/{task.id}"})
        return like(entry, {"destination": like(entry.destination, {"container": container})})

    @cached_property
    def _logs_folder(self) -> str:
        return logs_folder(self._job_id)

    @cached_property
    def _log_entry(self) -> OutputFile:
        container = OutputFileBlobContainerDestination(
            container_url=self._reach(None, "cw"), identity_reference=self.identity
        )
        return OutputFile(
            file_pattern=LOGS,
            destination=OutputFileDestination(container=container),
            upload_options=OutputFileUploadOptions(upload_condition=CONDITIONS["always"]),
        )

    def _destination(self, task: Task | Manager, output: Output) -> OutputFileDestination:
        if output.destination is not None:
            return lower(output.destination)
        container = OutputFileBlobContainerDestination(
            container_url=self._reach(None, "cw"),
            path=_join(task_folder(self._job_id, task), fixed_part(kept_as(output.path))).rstrip("/"),
            identity_reference=self.identity,
        )
        return OutputFileDestination(container=container)

    def downloads(self, task: Task | Manager) -> Iterator[Download]:
        """Outputs of a task that come home."""
        job_id = self._job_id
        stored, home = task_folder(job_id, task), f"{job_folder(job_id)}/{task.id}"
        for output in task.outputs:
            if output.destination is not None:
                continue
            path = kept_as(output.path)
            if output.download and is_pattern(path):
                yield Download(task.id, f"{stored}/", home, exact=False, pattern=path)
            elif output.download:
                yield Download(task.id, f"{stored}/{path}", _join(home, _parent(path)), exact=True)


def _from_url(item: Input, url: str) -> ResourceFile:
    return like(_FILE, {"http_url": url, "file_path": _place(item, url_name(url))})


def _place(item: Input, name: str) -> str:
    return item.file_path or _join(item.to, name)


def _kept(task: Task) -> list[Output]:
    """The outputs that are in the spec's container when the task has succeeded."""
    return [output for output in task.outputs if output.when != "failure" and output.destination is None]


def _join(folder: str | None, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder else name


def _parent(path: str) -> str:
    parent = PurePosixPath(path).parent.as_posix()
    return "" if parent == "." else parent


def link_line(prefix: str, to: str, *, group: bool) -> str:
    fetched = shlex.quote(f"{FETCHED}/{prefix}")
    made = f"mkdir -p {shlex.quote(to)}; " if to != "." else ""
    what = f'"$PWD"/{fetched}' + ("/*" if group else "")
    return f"{made}ln -sfn {what} {shlex.quote(to)}/; "


def _digest(chunks: Iterator[bytes]) -> str:
    made = hashlib.sha256()
    for chunk in chunks:
        made.update(chunk)
    return made.hexdigest()
