"""BS406, BS502: a command runs without a shell; a script fits into one environment variable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from batchspec.check.rule import finding, once
from batchspec.diag import Diagnostic
from batchspec.load import Node
from batchspec.spec.build import Spec
from batchspec.spec.files import is_pattern
from batchspec.spec.model import Runs, Task

_ODD = re.compile(r"[&|;<>`$]")  # all that a shell is needed for has one of them
_SHELL = re.compile(r"&&|\|\||[|;<>`]|\$(?:[A-Za-z_]\w*|[{(])|(?<!\S)&(?!\S)")
# In a list each word stands for itself, so that only a word which is nothing but the shell's gives it away.
_SHELL_WORD = re.compile(r"&&|\|\||[|;&<]|[12&]?>>?(?:&[12])?|(?:[\w-]*[=:])?\$(?:[A-Za-z_]\w*|\{\w+\}|\()(?:/.*)?")
_IS_SHELL = re.compile(r"\s*(\S*/)?(bash|sh|dash|zsh|env|cmd(\.exe)?|powershell(\.exe)?|pwsh)\b")
MAX_SCRIPT = 128 * 1024 - 256  # bytes: Linux takes 128 KiB for one argument or variable (MAX_ARG_STRLEN in execve(2))
_MOST_NAMED = 100  # tasks of a name whose outputs are fetched one by one; of more, by a line before the script

_HINT = "write it as run:"
_HINT_COORDINATION = "begin it with /bin/bash -c"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Every command and script, told once for each place."""
    return once(_each(spec))


def _each(spec: Spec) -> Iterator[Diagnostic]:
    for runs in spec.others():
        yield from _judge(spec, runs)
    for group in spec.groups:
        previous: object = None
        for task in spec.tasks[group.start : group.stop]:
            here = task.command if task.command is not None else task.run  # not their nodes, which would be made for it
            if here is not previous and _may_be_wrong(here):  # what a template's tasks share is one value
                yield from _judge(spec, task)
            previous = here
    for task, _ in spec.examples():
        settings = task.multi_instance_settings
        if settings is not None:
            name, line = "coordination_command_line", settings.coordination_command_line
            yield from _command(line, settings.at(name), f"{settings.pointer}/{name}", _HINT_COORDINATION)


def _may_be_wrong(text: object) -> bool:
    """A quick look, since there may be a million of them."""
    line = text if isinstance(text, str) else " ".join(map(str, text)) if isinstance(text, tuple) else ""
    return len(line) > MAX_SCRIPT // 8 or _ODD.search(line) is not None


def _judge(spec: Spec, runs: Runs) -> Iterator[Diagnostic]:
    if runs.command is not None:
        yield from _command(runs.command, runs.at("command"), f"{runs.pointer}/command", _HINT)
    elif runs.run is not None and _size(spec, runs, runs.run) > MAX_SCRIPT:
        message = f"the script has more than {MAX_SCRIPT:,} bytes"
        hint = "put it into a file, and name the file in inputs"
        yield finding("BS502", message, runs.at("run"), f"{runs.pointer}/run", hint)


def _command(command: str | tuple[Any, ...], node: Node, pointer: str, hint: str) -> Iterator[Diagnostic]:
    word = _of_line(command) if isinstance(command, str) else _of_words(command)
    if word is not None:
        yield finding("BS406", f'a command runs without a shell, which "{word}" needs', node, pointer, hint)


def _of_line(line: str) -> str | None:
    match = None if _IS_SHELL.match(line) else _SHELL.search(line)
    return match[0] if match else None


def _of_words(words: tuple[Any, ...]) -> str | None:
    if _IS_SHELL.fullmatch(str(words[0])):
        return None
    return next((str(word) for word in words[1:] if _SHELL_WORD.fullmatch(str(word))), None)


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
