"""BS406, BS107, BS502: a command runs without a shell, and is there; a script fits into one environment variable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batchspec.check.pools import os_of
from batchspec.check.rule import finding, once
from batchspec.check.shell_syntax import bare_script, may_need_shell, of_line, of_windows, of_words, open_quote
from batchspec.diag import Diagnostic
from batchspec.reading import Node, Scalar
from batchspec.spec.build import Spec
from batchspec.spec.files import is_pattern
from batchspec.spec.model import Runs, Task

MAX_SCRIPT = 128 * 1024 - 256  # bytes: Linux takes 128 KiB for one argument or variable (MAX_ARG_STRLEN in execve(2))
_MOST_NAMED = 100  # tasks of a name whose outputs are fetched one by one; of more, by a line before the script

_HINT = "write it as run:"
_HINT_WINDOWS = "begin it with cmd /c"
_HINT_COORDINATION = "begin it with /bin/bash -c"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Every command and script, told once for each place."""
    return once(_each(spec))


def _each(spec: Spec) -> Iterator[Diagnostic]:
    machines = spec.machines
    windows = machines is not None and os_of(machines) == "windows"
    for runs in spec.others():
        yield from _judge(spec, runs, windows)
    for group in spec.groups:
        previous: object = None
        for task in spec.tasks[group.start : group.stop]:
            here = task.command if task.command is not None else task.run  # not their nodes, which would be made for it
            if here is not previous and _may_be_wrong(here):  # what a template's tasks share is one value
                yield from _judge(spec, task, windows)
            previous = here
    for task, _ in spec.examples():
        settings = task.multi_instance_settings
        if settings is not None:
            name, line = "coordination_command_line", settings.coordination_command_line
            hint = _HINT_WINDOWS if windows else _HINT_COORDINATION
            yield from _command(line, settings.at(name), f"{settings.pointer}/{name}", hint, windows)


def _may_be_wrong(text: object) -> bool:
    """A quick look, since there may be a million of them."""
    line = text if isinstance(text, str) else " ".join(map(str, text)) if isinstance(text, tuple) else ""
    return len(line) > MAX_SCRIPT // 8 or may_need_shell(line) or not line.strip()


def _judge(spec: Spec, runs: Runs, windows: bool) -> Iterator[Diagnostic]:
    if runs.command is not None and not _has_program(runs.command):
        if runs.container_settings is None:  # which would bring its own
            message, hint = "the command is empty", "name a program; only a container has one of its own"
            yield finding("BS107", message, runs.at("command"), f"{runs.pointer}/command", hint)
    elif runs.command is not None:
        hint = _HINT_WINDOWS if windows else _HINT
        yield from _command(runs.command, runs.at("command"), f"{runs.pointer}/command", hint, windows)
    elif runs.run is not None and _size(spec, runs, runs.run) > MAX_SCRIPT:
        message = f"the script has more than {MAX_SCRIPT:,} bytes"
        hint = "put it into a file, and name the file in inputs"
        yield finding("BS502", message, runs.at("run"), f"{runs.pointer}/run", hint)


def _command(
    command: str | tuple[Any, ...], node: Node, pointer: str, hint: str, windows: bool
) -> Iterator[Diagnostic]:
    if not isinstance(command, str):
        word = of_words(command)
    elif windows:
        word = of_windows(command)
    elif (found := _misread(command, node, pointer)) is not None:
        yield found
        return
    else:
        word = of_line(command)
    if word is not None:
        shown = "a wildcard" if _is_secret(node) and set("*?") & set(word) else f'"{word}"'
        yield finding("BS406", f"a command runs without a shell, which {shown} needs", node, pointer, hint)


def _misread(line: str, node: Node, pointer: str) -> Diagnostic | None:
    """What is read otherwise than it looks, with a shell as without one."""
    quote = open_quote(line)
    if quote is not None:
        words = "a quote" if _is_secret(node) else f"the quote at {quote}"
        return finding("BS406", f"{words} in the command is not closed", node, pointer, "close it, or write a list")
    script = bare_script(line)
    if script is not None:
        words = "the first word behind -c" if _is_secret(node) else f'"{script}"'
        hint = "put quotes around the whole script"
        return finding("BS406", f"the shell takes {words} alone as its script", node, pointer, hint)
    return None


def _has_program(command: str | tuple[Any, ...]) -> bool:
    return bool((command if isinstance(command, str) else str(command[0])).strip())


def _is_secret(node: Node) -> bool:
    """Whether a part of it is secret: a part of that would not be known for one."""
    return isinstance(node, Scalar) and node.secret


def _size(spec: Spec, runs: Runs, script: str) -> int:
    """The bytes of a script; of one that may be too long, with the lines before it that link what comes by prefix."""
    if len(script) < MAX_SCRIPT // 8:
        return len(script)
    size = len(script.encode())
    job = spec.keys.job
    if job is None or not isinstance(runs, Task):
        return size
    for item in runs.inputs:
        members = spec.graph.members(item.task) if item.task is not None else ()
        outputs = (output for member in members for output in spec.graph.by_id[member].outputs)
        if len(members) > _MOST_NAMED or any(is_pattern(output.path) for output in outputs):
            names = f"{job.id}{item.task}{item.to or ''}{item.to or ''}"
            size += len("mkdir -p ''; ln -sfn \"$PWD\"/'.batchspec/outputs//groups/'/* ''/; ") + len(names.encode())
    return size
