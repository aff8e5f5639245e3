"""Names of blobs in the storage container.

inputs/<sha256>                                   a local file, by its content
outputs/<job>/tasks/<task>/<path>                    an output of a task without a name
outputs/<job>/groups/<name>/<task>/<path>            an output of a task with one, so that one prefix is the group

What stands beside the working directory, such as ../stdout.txt, is kept without the ../, as if it stood in it.
"""

from __future__ import annotations

import hashlib
import re

from batchspec.spec.model import Manager, Task

_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def input_blob(sha256: str) -> str:
    """The blob of a local file."""
    return f"inputs/{sha256}"


def group_folder(job_id: str, name: str) -> str:
    """The folder of all tasks of a name; names that could clash or mislead as a path carry a hash."""
    if _PLAIN.fullmatch(name) and not name.startswith("."):
        return f"outputs/{job_id}/groups/{name}"
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:32]
    return f"outputs/{job_id}/groups/{readable}.{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def kept_as(path: str) -> str:
    """The path of an output in its task's folder, for a path or pattern from the working directory."""
    return path.removeprefix("../")


def task_folder(job_id: str, task: Task | Manager) -> str:
    """The folder of a task's outputs."""
    if isinstance(task, Manager) or task.name is None:
        return f"outputs/{job_id}/tasks/{task.id}"
    return f"{group_folder(job_id, task.name)}/{task.id}"
