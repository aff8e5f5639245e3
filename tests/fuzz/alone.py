"""Hostile cases, each in a process of its own, with limits, under the oracle.

    python -m tests.fuzz.alone < jobs > results        a JSON object a line each

The process that is started has no case itself: it forks for each, so that Python starts once. What a child takes is
what the kernel counted for it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import IO

MOST_CPU = 10  # seconds, when the kernel ends it: generous, since machines differ
MOST_MEMORY = 3 * 1024**3  # bytes of address space
MOST_WAIT = 120  # seconds; a pipe that is read takes no CPU
_WARM = (
    "jinja2", "jsonschema", "yaml", "batchspec.check.mend", "batchspec.check.shape", "batchspec.cli.app", "batchspec.cli.checking",
    "batchspec.diag.text", "tests.fuzz.oracle",
)  # fmt: skip
FORMATS = ("text", "json", "github", "sarif")


@dataclass(frozen=True)
class Outcome:
    """How a case ended. problem: "" when no promise was broken. cpu in seconds, memory and output in MB."""

    problem: str
    code: int
    cpu: float
    memory: float
    output: float
    shown: str = ""  # how the output begins


class Alone:
    """The forking process, to be given cases."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, folder: Path, arguments: Sequence[str], style: str = "text") -> Outcome:
        """`batchspec validate` on a folder's files."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"folder": str(folder), "arguments": ["validate", "--format", style, *arguments]}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))


@contextmanager
def alone(*, warm: bool = False) -> Iterator[Alone]:
    """Somebody to run cases. warm: what good and bad files need is imported before, and not counted."""
    command = [sys.executable, "-m", "tests.fuzz.alone", *(["--warm"] if warm else [])]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=root
    ) as process:
        try:
            yield Alone(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def main(arguments: list[str]) -> int:
    """Fork for each line of standard input."""
    if "--warm" in arguments:
        for name in _WARM:
            import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        sys.stdout.write(json.dumps(asdict(_forked(Path(job["folder"]), job["arguments"]))) + "\n")
        sys.stdout.flush()
    return 0


def _forked(folder: Path, arguments: list[str]) -> Outcome:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(_limited(folder, arguments), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        told = pipe.read()
    _, status, used = os.wait4(child, 0)
    cpu = round(used.ru_utime + used.ru_stime, 2)
    if not told:
        ended = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {status}"
        return Outcome(f"it was ended: {ended}", 0, cpu, round(used.ru_maxrss / 1024, 1), 0)
    problem, code, memory, output, shown = json.loads(told)
    return Outcome(problem, code, cpu, memory, output, shown)


def _limited(folder: Path, arguments: list[str]) -> tuple[str, int, float, float, str]:
    from tests.fuzz.oracle import watched

    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.alarm(MOST_WAIT)
    os.chdir(folder)
    os.environ.clear()
    os.environ |= {"HOME": "/home/ana", "TOKEN": "s3cr3t-of-the-caller"}
    out, err = _stream("strict"), _stream("backslashreplace")  # as Python has them
    code, problem = 0, ""
    sys.stdout, sys.stderr = out, err
    try:
        from batchspec.cli import main as cli

        cli._bug = _raised  # its report asks the machine for its name, and has less of the fault
        with watched(folder):
            code = cli.run(arguments)
    except BaseException:  # noqa: BLE001  all that comes out of the command line is a fault
        problem = traceback.format_exc()[-1500:]
    shown, said = _written(out), _written(err)
    problem = problem or _wrong(code, shown, said, arguments)
    return problem, code, _peak(), round((len(shown) + len(said)) / 1e6, 2), (shown + said)[:1500]


def _raised(error: Exception) -> int:
    raise error


def _stream(errors: str) -> IO[str]:
    """A pipe, in UTF-8."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors, newline="\n", write_through=True)


def _written(stream: IO[str]) -> str:
    assert isinstance(stream, io.TextIOWrapper)
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")


def _wrong(code: int, shown: str, said: str, arguments: Sequence[str]) -> str:
    if code not in (0, 1) or "Traceback" in said:
        return f"exit code {code}: {said[-1500:]}"
    text = (shown if "text" in arguments else "") + said
    bad = next((char for char in text if char != "\n" and not char.isprintable()), None)
    if bad is not None:
        at = text.index(bad)
        return f"{bad!r} would reach the terminal: {text[max(0, at - 60) : at + 60]!r}"
    if "github" in arguments and any(line and not line.startswith("::") for line in shown.split("\n")):
        return "a finding breaks out of its workflow command"
    return "a value of the caller's environment is shown" if "s3cr3t-of-the-caller" in shown + said else ""


def _peak() -> float:
    """The most memory of this process, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
