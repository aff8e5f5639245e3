"""BS355, BS356: commands and scripts for the operating system that the nodes have.

What gives a command away is chosen so that it means nothing on the other system: `date +%Y%m%d` is no %VARIABLE%.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from batchspec.check.pools import os_of
from batchspec.check.rule import finding, title
from batchspec.diag import Diagnostic
from batchspec.reading import Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.model import Runs, Task

# Texts, not compiled: few specs have a command in which they have to look, and the others need not pay for it.
_WORD = r"(?:^|(?<=[\s'\"=]))"
_OF_WINDOWS = (
    rf"{_WORD}cmd(?:\.exe)?\s+/[cCkK]\b|{_WORD}powershell(?:\.exe)?(?=\s|$)"
    rf"|%[A-Z_][A-Z0-9_]{{2,}}%|{_WORD}[A-Z]:\\\w{{2,}}[^\s'\"]*"
)
_OF_LINUX = rf"{_WORD}/(?:usr/(?:local/)?)?s?bin/\w+"
# By the nodes' system: texts without which the expression cannot match, the expression, and whose words it finds.
_FOREIGN = {
    "linux": (("cmd", "powershell", "%", ":\\"), _OF_WINDOWS, "Windows"),
    "windows": (("bin/",), _OF_LINUX, "Linux"),
}


def check(spec: Spec) -> Iterator[Diagnostic]:
    """All that runs on the nodes; of a template its example."""
    machines = spec.machines
    system = os_of(machines) if machines is not None else None
    if system is None:
        return
    for one in spec.others():
        yield from _judge(one, f'"{one.pointer.rpartition("/")[2]}"', system)
    for task, count in spec.examples():
        yield from _judge(task, title(task, count), system)


def _judge(runs: Runs | Task, name: str, system: str) -> Iterator[Diagnostic]:
    if runs.run is not None and system == "windows":
        message = f"{name} has a script for bash, and the pool's nodes run Windows"
        hint = "write it as command: cmd /c ... or powershell ..."
        yield finding("BS356", message, runs.at("run"), f"{runs.pointer}/run", hint)
    if runs.command is None:
        return
    signs, pattern, other = _FOREIGN[system]
    line = runs.command if isinstance(runs.command, str) else " ".join(map(str, runs.command))
    match = re.search(pattern, line) if any(map(line.__contains__, signs)) else None
    if match is not None:
        words = "what" if _secret(runs.at("command")) else f'"{match[0]}", which'
        message = f"{name} says {words} is for {other}; the pool's nodes run {system.capitalize()}"
        hint = "choose an image of that system, or a command for this one"
        yield finding("BS355", message, runs.at("command"), f"{runs.pointer}/command", hint)


def _secret(node: Node) -> bool:
    """Whether a part of it is secret: a part of that would not be known for one."""
    words = node.items if isinstance(node, Sequence) else (node,)
    return any(isinstance(word, Scalar) and word.secret for word in words)
