"""What a job's tasks keep in their spec's own container, where a spec says no more than a path.

The names are those that the compiler gives (`batchspec.compiler.layout`), so what fits them is written in short, and is
signed anew by whoever applies the spec.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from batchspec.compiler.files import CONDITIONS, LOGS
from batchspec.compiler.layout import group_folder, kept_as, logs_folder, outputs_folder
from batchspec.spec.files import fixed_part

Body = dict[str, Any]


@dataclass
class Stored:
    """What is in the container. url: its own, without a signature; "" when nothing of the job's is known to be there.

    logs: whether what the tasks print is kept there; None when there is no task.
    kept: the outputs of each task that others may take. groups: the ids of the tasks of each name.
    """

    job_id: str
    url: str = ""
    logs: bool | None = None
    kept: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)  # of each task

    @property
    def container(self) -> str:
        """The container's name."""
        return self.url.rpartition("/")[2]


def stored(
    job_id: str, tasks: Sequence[Body], manager: Body | None, url: str = ""
) -> tuple[Stored, list[Body], Body | None]:
    """What is kept, and the tasks and the manager without what a spec need not say of it. url: the container's."""
    made = Stored(job_id)
    for task in tasks:
        name = task.get("displayName")
        made.folders[task["id"]] = _folder(job_id, task["id"], name)
        if name:
            made.groups.setdefault(name, []).append(task["id"])
    if manager is not None:
        made.folders[manager["id"]] = _folder(job_id, manager["id"], None)
    runners = [*tasks, *([manager] if manager is not None else ())]
    made.url = url or next((url for task in runners for url in _urls(made, task)), "")
    logged = [any(_is_log(made, task, output) for output in task.get("outputFiles") or ()) for task in runners]
    made.logs = all(logged) if logged else None
    short = [_short(made, task) for task in runners]
    made.kept = {task["id"]: list(_kept(task)) for task in short}
    return made, short[: len(tasks)], short[-1] if manager is not None else None


def _folder(job_id: str, task_id: str, name: str | None) -> str:
    return f"{group_folder(job_id, name)}/{task_id}" if name else f"{outputs_folder(job_id)}/tasks/{task_id}"


def _path(made: Stored, task: Body, output: Mapping[str, Any]) -> str:
    """Where the compiler would put an output."""
    pattern = str(output.get("filePattern"))
    return f"{made.folders[task['id']]}/{fixed_part(kept_as(pattern))}".rstrip("/")


def _destination(output: Mapping[str, Any]) -> tuple[str, str]:
    """The container and the path that an output goes to, where nothing else is said of it; else nothing."""
    destination = output.get("destination") or {}
    container = destination.get("container") or {}
    plain = destination.keys() == {"container"} and container.keys() == {"containerUrl", "path"}
    return (container["containerUrl"], container["path"]) if plain else ("", "")


def _urls(made: Stored, task: Body) -> Iterator[str]:
    for output in task.get("outputFiles") or ():
        url, path = _destination(output)
        if path and path in (_path(made, task, output), _log_path(made, task)):
            yield url


def _log_path(made: Stored, task: Body) -> str:
    return f"{logs_folder(made.job_id)}/{task['id']}"


def _condition(output: Mapping[str, Any]) -> str:
    return str((output.get("uploadOptions") or {}).get("uploadCondition")).lower()


def _is_log(made: Stored, task: Body, output: Mapping[str, Any]) -> bool:
    place = _destination(output) == (made.url, _log_path(made, task)) and made.url
    return bool(place) and output.get("filePattern") == LOGS and _condition(output) == CONDITIONS["always"]


def _short(made: Stored, task: Body) -> Body:
    outputs = []
    for output in task.get("outputFiles") or ():
        if made.logs and _is_log(made, task, output):
            continue
        own = made.url and _destination(output) == (made.url, _path(made, task, output))
        outputs.append({key: value for key, value in output.items() if not (own and key == "destination")})
    rest = {key: value for key, value in task.items() if key != "outputFiles"}
    return {**rest, "outputFiles": outputs} if outputs else rest


def _kept(task: Body) -> Iterator[str]:
    for output in task.get("outputFiles") or ():
        if "destination" not in output and _condition(output) != CONDITIONS["failure"]:
            yield str(output.get("filePattern"))
