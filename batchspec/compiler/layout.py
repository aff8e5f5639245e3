"""Names of blobs in the storage container.

inputs/<sha256>                                   a local file, by its content
outputs/<job>/tasks/<task>/<path>                    an output of a task without a name
outputs/<job>/groups/<name>/<task>/<path>            an output of a task with one, so that one prefix is the group
outputs/<job>/logs/<task>/stdout.txt, stderr.txt     what a task has printed
outputs/<schedule>/job-1/...                         the same for a run of a schedule, whose id is <schedule>:job-1
ended/<job>                                          whose the outputs of a job are that on_finish has deleted

What stands beside the working directory, such as ../stdout.txt, is kept without the ../, as if it stood in it.
"""

from __future__ import annotations

import hashlib
import re

from batchspec.spec.model import Manager, Task

RUN = "~run~"  # what a schedule's stored tasks have in place of their run; ids have no tilde
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def input_blob(sha256: str) -> str:
    """The blob of a local file."""
    return f"inputs/{sha256}"


def ended_blob(job_id: str) -> str:
    """What is noted of a job that on_finish deletes; of no job: what all such names begin with."""
    return f"ended/{job_id}"


def job_folder(job_id: str) -> str:
    """A job's id as a path. Those that a schedule makes have ids such as <schedule>:job-1, and no others a colon."""
    return job_id.replace(":", "/")


def outputs_folder(job_id: str) -> str:
    """The folder of all that a job's tasks leave."""
    return f"outputs/{job_folder(job_id)}"


def group_folder(job_id: str, name: str) -> str:
    """The folder of all tasks of a name; names that could clash or mislead as a path carry a hash."""
    if _PLAIN.fullmatch(name) and not name.startswith("."):
        return f"{outputs_folder(job_id)}/groups/{name}"
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:32]
    return f"{outputs_folder(job_id)}/groups/{readable}.{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def output_of(job_id: str, blob: str) -> tuple[str, str] | None:
    """The task that an output is of, and its path in the task's folder; None for a blob that is no task's output."""
    rest = blob.removeprefix(f"{outputs_folder(job_id)}/")
    kind, _, rest = rest.partition("/") if rest != blob else ("", "", "")
    if kind == "groups":
        rest = rest.partition("/")[2]
    task_id, _, path = rest.partition("/")
    return (task_id, path) if kind in ("tasks", "groups") and path else None


def kept_as(path: str) -> str:
    """The path of an output in its task's folder, for a path or pattern from the working directory."""
    return path.removeprefix("../")


def task_folder(job_id: str, task: Task | Manager) -> str:
    """The folder of a task's outputs."""
    if isinstance(task, Manager) or task.name is None:
        return f"{outputs_folder(job_id)}/tasks/{task.id}"
    return f"{group_folder(job_id, task.name)}/{task.id}"


def logs_folder(job_id: str) -> str:
    """The folder of what a job's tasks have printed, one folder a task; among its outputs, and so removed with them."""
    return f"{outputs_folder(job_id)}/logs"
