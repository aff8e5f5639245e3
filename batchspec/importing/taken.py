"""Outputs of other tasks that a task takes: from links into the spec's container, back to `{task: ...}`.

A file is fetched by its link. What a pattern gave is fetched by prefix, with a line before the script that puts it
where it is expected (`batchspec.compiler.files`).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from batchspec.compiler.files import FETCHED, SMALL_GROUP, link_line
from batchspec.compiler.layout import group_folder, kept_as
from batchspec.importing.stored import Stored
from batchspec.spec.files import is_pattern, url_name

Task = dict[str, Any]
_PLAIN_KEYS = {"url", "to", "file_path"}


def taken(tasks: list[Task], stored: Stored) -> list[Task]:
    """The tasks of a spec, their inputs from each other said in short."""
    if not stored.url:
        return tasks
    firsts = {
        _url(stored, task_id, paths[0]): task_id
        for task_id, paths in stored.kept.items()
        if paths and not any(map(is_pattern, paths))
    }
    prefixes = dict(_prefixes(stored))
    return [_short(task, stored, firsts, prefixes) if task.get("inputs") else task for task in tasks]


def _short(task: Task, stored: Stored, firsts: dict[str, str], prefixes: dict[str, str]) -> Task:
    given: list[Task] = task["inputs"]
    made: list[Task] = []
    at, run = 0, str(task.get("run", ""))
    while at < len(given):
        maker = firsts.get(given[at].get("url", ""))
        to = _whole(given[at:], maker, stored) if maker and maker != task["id"] else None
        if maker and to is not None:
            made.append({"task": maker, **({"to": to} if to else {})})
            at += len(stored.kept[maker])
            continue
        fetched = _fetched(given[at], stored, prefixes)
        line = _line(run, fetched, stored) if fetched and run else None
        if fetched and line is not None:
            to, text = line
            run = run[len(text) :]
            made.append({"task": fetched, **({"to": to} if to != "." else {})})
        else:
            made.append(given[at])
        at += 1
    short = {**task, "inputs": _grouped(made, stored), **({"run": run} if run else {})}
    return _without_implied(short, stored)


def _grouped(inputs: list[Task], stored: Stored) -> list[Task]:
    """All tasks of a name, one after the other and put in one place, by that name."""
    names = {members[0]: name for name, members in stored.groups.items() if 1 < len(members) <= SMALL_GROUP}
    made: list[Task] = []
    at = 0
    while at < len(inputs):
        name = names.get(inputs[at].get("task", ""), "")
        members = stored.groups.get(name, [])
        more = {key: value for key, value in inputs[at].items() if key != "task"}
        whole = [{"task": member, **more} for member in members]
        if members and name not in stored.folders and inputs[at : at + len(members)] == whole:
            made.append({"task": name, **more})
            at += len(members)
        else:
            made.append(inputs[at])
            at += 1
    return made


def _without_implied(task: Task, stored: Stored) -> Task:
    """Without the ids in depends_on that its inputs imply, where they imply them in that order."""
    live = task.get("depends_on") or []
    implied = dict.fromkeys(
        member
        for item in task["inputs"]
        if "task" in item
        for member in ([item["task"]] if item["task"] in stored.folders else stored.groups[item["task"]])
    )
    said = [one for one in live if not (isinstance(one, str) and one in implied)]
    if not implied or [*said, *implied] != live:
        return task
    rest = {key: value for key, value in task.items() if key != "depends_on"}
    return {**rest, "depends_on": said} if said else rest


def _url(stored: Stored, task_id: str, path: str) -> str:
    return f"{stored.url}/{quote(f'{stored.folders[task_id]}/{kept_as(path)}')}"


def _whole(given: list[Task], maker: str, stored: Stored) -> str | None:
    """The folder that all outputs of a task are put in; None when they are not all there, in one."""
    paths = stored.kept[maker]
    folder: str | None = None
    for item, path in zip(given, paths, strict=False):
        place = item.get("file_path") or _join(item.get("to"), url_name(item.get("url", "")))
        end = f"{maker}/{kept_as(path)}"
        to = place[: -len(end)]
        plain = item.keys() <= _PLAIN_KEYS and item.get("url") == _url(stored, maker, path)
        if not plain or not place.endswith(end) or (to and not to.endswith("/")) or folder not in (None, to):
            return None
        folder = to
    return None if folder is None or len(given) < len(paths) else folder.removesuffix("/")


def _join(folder: str | None, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder else name


def _prefixes(stored: Stored) -> Iterator[tuple[str, str]]:
    """The folders that are fetched whole, and what a spec calls them.

    Of a large group the ids are told as ranges, beside which its name would tell them once more: it stays as it is.
    """
    for name, members in stored.groups.items():
        patterns = any(is_pattern(path) for task_id in members for path in stored.kept[task_id])
        if patterns and len(members) <= SMALL_GROUP and name not in stored.folders:
            yield group_folder(stored.job_id, name), name
    for task_id, paths in stored.kept.items():
        if any(map(is_pattern, paths)):
            yield stored.folders[task_id], task_id


def _fetched(item: Task, stored: Stored, prefixes: dict[str, str]) -> str | None:
    """The task or group whose folder is fetched whole."""
    prefix = item.get("blob_prefix", "")
    whole = {"storage_container_url": stored.url, "blob_prefix": prefix, "to": FETCHED}
    return prefixes.get(prefix.removesuffix("/")) if item == whole else None


def _line(run: str, of: str, stored: Stored) -> tuple[str, str] | None:
    """The folder that a script's first line puts it in, and that line; None when it has none."""
    one = of in stored.folders
    prefix = stored.folders[of] if one else group_folder(stored.job_id, of)
    to = "."
    if run.startswith("mkdir -p "):
        try:
            to = shlex.split(run[len("mkdir -p ") :].partition("; ln -sfn ")[0])[0]
        except (ValueError, IndexError):
            return None
    text = link_line(prefix, to, group=not one)
    return (to, text) if run.startswith(text) and len(run) > len(text) else None
