"""Inputs and outputs to resource files, output files, uploads and downloads.

Outputs that another task takes land in a folder named after the task that made them. A file known by name is
fetched by its URL. What a pattern gave, and what a large group gave, is fetched by prefix: the service then keeps
each blob's whole path below `.batchspec`, and a line before the script links the folder to where it is expected.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from azure.batch.models import (
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadOptions,
    ResourceFile,
)

from batchspec.compiler.layout import group_folder, input_blob, kept_as, task_folder
from batchspec.compiler.links import Links
from batchspec.compiler.lower import fields, lower
from batchspec.compiler.program import Download, Origin, Upload
from batchspec.spec.build import Spec
from batchspec.spec.files import Found, fixed_part, is_pattern, match, url_name
from batchspec.spec.model import Input, Manager, Output, Task

SMALL_GROUP = 100  # tasks whose outputs are still named one by one
FETCHED = ".batchspec"  # where the service puts what it fetches by prefix
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
        return [file for item in inputs for file in self._one(item)]

    def take_placed(self) -> list[str]:
        """Content and destination of each local file met since the last call, sorted."""
        placed, self._placed = sorted(self._placed), set()
        return placed

    def _one(self, item: Input) -> Iterator[ResourceFile]:
        for file in self._files(item):
            if item.file_mode is not None:
                file.file_mode = item.file_mode
            if item.identity_reference is not None:
                file.identity_reference = lower(item.identity_reference)
            yield file

    def _files(self, item: Input) -> Iterator[ResourceFile]:
        if item.path is not None:
            for found in self._match(item):
                blob = self._upload(found.path, item)
                destination = _join(item.to, found.name)
                self._placed.add(f"{blob} {destination}")
                yield self._file(blob, destination)
        elif item.url is not None:
            destination = item.file_path or _join(item.to, url_name(item.url))
            yield ResourceFile(http_url=item.url, file_path=destination)
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

    def _from_tasks(self, item: Input) -> Iterator[ResourceFile]:
        prefix = self._by_prefix(item)
        if prefix is not None:
            url = self.links.link(self.container, None, "rl")
            yield ResourceFile(storage_container_url=url, blob_prefix=f"{prefix}/", file_path=FETCHED)
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
                made += _link(prefix, item.to or ".", group=not self._is_one(item))
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
        return ResourceFile(http_url=self.links.link(self.container, blob, "r"), file_path=path)

    def _upload(self, path: Path, item: Input) -> str:
        if path not in self._hashed:
            with path.open("rb") as stream:
                self._hashed[path] = _digest(iter(lambda: stream.read(1 << 20), b""))
            blob = input_blob(self._hashed[path])
            origin = Origin(item.at("path").span, f"{item.pointer}/path")
            self.uploads.setdefault(blob, Upload(path, blob, path.stat().st_size, origin))
        return input_blob(self._hashed[path])

    def outputs(self, task: Task | Manager) -> list[OutputFile] | None:
        """Output files of a task, each stored under its path in the working directory.

        The service names a pattern's matches from the folder of the first wildcard, as its samples show for
        `../std*.txt`; what stands before that is therefore part of the destination.
        """
        return [
            OutputFile(
                file_pattern=output.path,
                destination=self._destination(task, output),
                upload_options=OutputFileUploadOptions(upload_condition=CONDITIONS[output.when]),
            )
            for output in task.outputs
        ] or None

    def _destination(self, task: Task | Manager, output: Output) -> OutputFileDestination:
        if output.destination is not None:
            return lower(output.destination)
        container = OutputFileBlobContainerDestination(
            container_url=self.links.link(self.container, None, "cw"),
            path=_join(task_folder(self._job_id, task), fixed_part(kept_as(output.path))).rstrip("/"),
        )
        return OutputFileDestination(container=container)

    def downloads(self, task: Task | Manager) -> Iterator[Download]:
        """Outputs of a task that come home."""
        job_id = self._job_id
        stored, home = task_folder(job_id, task), f"{job_id}/{task.id}"
        for output in task.outputs:
            if output.destination is not None:
                continue
            path = kept_as(output.path)
            if output.download and is_pattern(path):
                yield Download(task.id, f"{stored}/", home, exact=False, pattern=path)
            elif output.download:
                yield Download(task.id, f"{stored}/{path}", _join(home, _parent(path)), exact=True)


def _kept(task: Task) -> list[Output]:
    """The outputs that are in the spec's container when the task has succeeded."""
    return [output for output in task.outputs if output.when != "failure" and output.destination is None]


def _join(folder: str | None, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder else name


def _parent(path: str) -> str:
    parent = PurePosixPath(path).parent.as_posix()
    return "" if parent == "." else parent


def _link(prefix: str, to: str, *, group: bool) -> str:
    fetched = shlex.quote(f"{FETCHED}/{prefix}")
    made = f"mkdir -p {shlex.quote(to)}; " if to != "." else ""
    what = f'"$PWD"/{fetched}' + ("/*" if group else "")
    return f"{made}ln -sfn {what} {shlex.quote(to)}/; "


def _digest(chunks: Iterator[bytes]) -> str:
    made = hashlib.sha256()
    for chunk in chunks:
        made.update(chunk)
    return made.hexdigest()
