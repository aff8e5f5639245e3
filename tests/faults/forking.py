"""Runs `batchspec` commands in processes that are forked from this one, which has imported what they need.

So each starts in milliseconds rather than half a second, with the command line's parser made before; it is a process
all the same, in a group of its own, and dies of SIGKILL like any other. Orders come as JSON lines:
`{"run": [arguments], "folder": ..., "log": ..., "environ": {}}` is answered with the pid, `{"wait": pid}` with the exit
code (negative: the signal). `"limit"`: bytes of a file beyond which writing fails. `"hasty"`: whether the command
sleeps for moments only. The argument of this program is how many tasks go into one request, so that few tasks need
several.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import math
import os
import resource
import signal
import sys
from typing import Any, NoReturn

import typer.main

from batchspec.cli.app import app
from batchspec.cli.main import run
from batchspec.run import adding, deleting, resize
from batchspec.service import clock
from tests.faults.inside import HastyClock

MODULES = (
    "azure.storage.blob",
    "batchspec.cli.folders",
    "batchspec.cli.keeping",
    "batchspec.cli.views.people",
    "batchspec.cli.views.plans",
    "batchspec.compiler.compile",
    "batchspec.run.apply",
    "batchspec.run.finish",
    "batchspec.service.batch",
    "batchspec.service.blob",
    "batchspec.service.clock",
)


def main() -> None:
    """Take orders until there are none."""
    for name in MODULES:
        importlib.import_module(name)
    typer.main.get_command = functools.cache(typer.main.get_command)
    typer.main.get_command(app)
    gc.freeze()  # what is imported stays, and a child that looked through it would copy all of its memory
    adding.PER_REQUEST = int(sys.argv[1])
    for line in sys.stdin:
        order = json.loads(line)
        answer = _start(order) if "run" in order else _wait(order["wait"])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _start(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become(order)
    return pid


def _become(order: dict[str, Any]) -> NoReturn:
    code = 70
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(order["folder"])
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, nothing), (1, log), (2, log)):
            os.dup2(source, target)
        os.environ.update(order["environ"])
        if order["limit"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
        if order["hasty"]:
            _hasten()
        code = run(order["run"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _hasten() -> None:
    """Sleep for moments only. Of deleting and resizing there is no end then: they take the service real time."""
    vars(clock)["SystemClock"] = HastyClock
    deleting.PATIENCE = resize.PATIENCE = math.inf


if __name__ == "__main__":
    main()
