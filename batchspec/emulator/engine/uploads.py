"""Output files: what a task's directory gives to storage after its command."""

from __future__ import annotations

import glob
import os
import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from batchspec.emulator.engine import faults, http
from batchspec.emulator.engine.faults import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from batchspec.emulator.engine.cancel import Cancel
    from batchspec.emulator.engine.records import Body

BLOCK = 32 * 1024 * 1024
"""Larger files go up in blocks of this size."""
_API = "2021-08-06"
_TOKEN = re.compile(r"\[!?[^\]/]+\]|.", re.DOTALL)
_MEMBER = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_LOGS = ("fileuploadout.txt", "fileuploaderr.txt")


def wanted(entries: list[Body] | None, *, success: bool) -> list[Body]:
    """The OutputFile entries whose condition holds."""
    holding = ("taskcompletion", "tasksuccess" if success else "taskfailure")
    return [entry for entry in entries or () if _condition(entry) in holding]


def send_all(entries: list[Body], run_dir: Path, urls: Callable[[str], str], cancel: Cancel) -> None:
    """Upload what each entry's pattern matches, and log it as the service does. Failed at the first that fails.

    A pattern that matches nothing uploads nothing, which is no failure.
    """
    out, err = (run_dir / name for name in _LOGS)
    with out.open("w", encoding="utf-8", errors="surrogateescape") as log:  # names of files are bytes
        for entry in entries:
            pattern = entry["filePattern"]
            container = entry["destination"]["container"]
            headers = {item["name"]: item["value"] for item in container.get("uploadHeaders") or ()}
            log.write(f"Uploading all files matching pattern {pattern}\n")
            for file, name in _matches(run_dir, pattern, container.get("path")):
                url = urls(container["containerUrl"])
                try:
                    url = http.blob_url(url, name)
                    log.write(f"{file} -> {faults.plain(url)}\n")
                    _send(file, url, headers, cancel)
                except OSError as error:
                    status = error.status if isinstance(error, http.Rejected) else None
                    said = f"{pattern}: {file}: {faults.plain(str(error))}\n"
                    err.write_text(said, encoding="utf-8", errors="surrogateescape")
                    raise Failed(faults.upload(error, status, url, pattern)) from None


def _matches(run_dir: Path, pattern: str, path: str | None) -> Iterator[tuple[Path, str]]:
    """The files that match and the blob name of each.

    Patterns are relative to the working directory, but may name what stands beside it, such as `../std*.txt`.
    """
    full = os.path.normpath(os.path.join(run_dir, "wd", pattern))  # noqa: PTH118 - Path keeps ".."
    fence = run_dir.resolve()
    if not glob.has_magic(full[len(str(run_dir)) :]):
        file = Path(full)
        if _ours(file, fence):
            yield file, path or file.name
        return
    fixed = _fixed_part(full, run_dir)
    matches = re.compile(_expression(full)).fullmatch
    if not fixed.resolve().is_relative_to(fence):
        return
    for directory, _, names in os.walk(fixed):  # does not follow links to directories
        for name in sorted(names):
            file = Path(directory, name)
            if matches(str(file)) and _ours(file, fence):
                below = file.relative_to(fixed).as_posix()
                yield file, f"{path.rstrip('/')}/{below}" if path else below


def _fixed_part(full: str, run_dir: Path) -> Path:
    """The directory above the first wildcard: blob names are relative to it."""
    fixed = run_dir
    for part in Path(full).relative_to(run_dir).parts[:-1] if full.startswith(f"{run_dir}/") else ():
        if glob.has_magic(part):
            break
        fixed /= part
    return fixed


def _expression(pattern: str) -> str:
    """`*`, `?` and `[...]` stay within one name; `**` is any number of directories."""
    *directories, name = pattern.split("/")
    above = "".join("(?:[^/]+/)*" if part == "**" else f"{_name_expression(part)}/" for part in directories)
    return above + ("(?:[^/]+/)*[^/]+" if name == "**" else _name_expression(name))


def _name_expression(part: str) -> str:
    return _TOKEN.sub(_translate, part)


def _translate(token: re.Match[str]) -> str:
    text = token[0]
    if text == "*":
        return "[^/]*"
    if text == "?":
        return "[^/]"
    return _set(text[1:-1]) if len(text) > 1 else re.escape(text)


def _set(inside: str) -> str:
    """`[abc]`, `[a-c]`, `[!abc]`; with a range that runs backwards, the text as it stands."""
    negated = inside.startswith("!") and len(inside) > 1
    members = _MEMBER.findall(inside[negated:])
    if any(first > last for first, last, _ in members):
        return re.escape(f"[{inside}]")
    ranges = (f"{re.escape(first)}-{re.escape(last)}" if first else re.escape(one) for first, last, one in members)
    return f"(?!/)[{'^' if negated else ''}{''.join(ranges)}]"


def _ours(file: Path, fence: Path) -> bool:
    """A regular file that is, also by way of its links, in the task's directory."""
    return file.is_file() and file.resolve().is_relative_to(fence)


def _send(file: Path, url: str, headers: dict[str, str], cancel: Cancel) -> None:
    headers = {"x-ms-version": _API, **headers}
    with file.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        if size <= BLOCK:
            _put(url, http.Slice(source, 0, size), headers | {"x-ms-blob-type": "BlockBlob"}, cancel)
        else:
            _send_blocks(source, size, url, headers, cancel)


def _send_blocks(source: BinaryIO, size: int, url: str, headers: dict[str, str], cancel: Cancel) -> None:
    ids: list[str] = []
    for start in range(0, size, BLOCK):
        ids.append(b64encode(f"{len(ids):08d}".encode()).decode())
        part = http.Slice(source, start, min(BLOCK, size - start))
        _put(f"{url}{_and(url)}comp=block&blockid={quote(ids[-1])}", part, {"x-ms-version": _API}, cancel)
    blocks = "".join(f"<Latest>{escape(id_)}</Latest>" for id_ in ids)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{blocks}</BlockList>'.encode()
    _put(f"{url}{_and(url)}comp=blocklist", body, headers, cancel)


def _put(url: str, body: http.Slice | bytes, headers: dict[str, str], cancel: Cancel) -> None:
    typed = {"Content-Type": "application/octet-stream", **headers}
    with http.request(url, cancel, method="PUT", body=body, headers=typed):
        pass  # its status says all


def _and(url: str) -> str:
    return "&" if urlsplit(url).query else "?"


def _condition(entry: Body) -> str:
    return str((entry.get("uploadOptions") or {}).get("uploadCondition") or "taskcompletion").lower()
