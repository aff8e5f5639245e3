"""CPU of `batchspec validate` on big specs, beside those who read or check the same file.

    python benchmarks/validate.py [--rounds N] [--tasks N] [--check-jsonschema PATH] [--ajv PATH] [--matrix-up-to N]

The first table is one written-out spec, every row a whole process but for the reference: bare PyYAML `CSafeLoader`
with the garbage collector off, which times its own loading. Each round runs all rows one after the other; the ratio is
the median of the rounds'. The second table is a ten-line spec with a matrix.

To hold: validate at most 1.0, and 3 times that with an error in the last task but one; check-jsonschema at least 6
times as much as validate; ajv-cli more than validate; 25 us a task of a matrix, 1,000,000 tasks within 2,048 MiB.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import table

BATCHSPEC = Path(sys.executable).with_name("batchspec")
SCHEMA = Path(__file__).parents[1] / "schemas" / "batchspec-v1.schema.json"
ENVIRON = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
BARE = """\
import gc, sys, time, yaml
with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
gc.disable()
start = time.process_time()
yaml.load(text, yaml.CSafeLoader)
print(time.process_time() - start)
"""
HEAD = """\
batchspec: v1
name: big
pool:
  id: big
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 4}
on_finish: {pool: delete}
job:
  id: big-1
  timeout: 2h
tasks:
"""
TASK = """\
  - id: task-{at}
    command: [python3, -m, app.work, --index, '{at}', --out, result.json]
    environment:
      INDEX: '{at}'
      SEED: '{seed}'
      MODE: "fast"
    inputs:
      - {{url: 'https://example.com/data/part-{at}.csv'}}
      - url: https://example.com/common/table.parquet
        to: common
    outputs:
      - path: result.json
    timeout: 30m
    retries: 2
    retention: 1d
"""
MATRIX = """\
batchspec: v1
name: many
pool: {id: many, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 4}}
on_finish: {pool: delete}
job: {id: many-1, timeout: 2h}
tasks:
  - id: t-${{ matrix.i }}
    matrix: {i: {range: COUNT}}
    command: [python3, -m, app.work, "${{ matrix.i }}"]
    timeout: 30m
    retention: 1d
"""


@dataclass(frozen=True)
class Run:
    """A command that has ended."""

    cpu: float
    peak: int  # MiB
    code: int
    output: str


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        print(_written_out(Path(name), options), end="\n\n")
        print(_matrix(Path(name), options.matrix_up_to))


def written_out(count: int) -> str:
    """A spec whose tasks all stand there, most of them depending on the one before."""
    tasks = (
        TASK.format(at=at, seed=at * 7919 % 10007) + (f"    depends_on: [task-{at - 1}]\n" if at % 100 else "")
        for at in range(count)
    )
    return HEAD + "".join(tasks)


def with_warning(text: str) -> str:
    """The same with a warning: nobody takes the pool away."""
    return text.replace("on_finish: {pool: delete}\n", "")


def with_error(text: str, count: int) -> str:
    """The same with one error, in the last task but one."""
    line = f"  - id: task-{count - 2}\n"
    return text.replace(line, f"{line}    comand: x\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--check-jsonschema", default=shutil.which("check-jsonschema"))
    parser.add_argument("--ajv", default=shutil.which("ajv"))
    parser.add_argument("--matrix-up-to", type=int, default=1_000_000)
    return parser.parse_args()


def _written_out(folder: Path, options: argparse.Namespace) -> str:
    good, bad, doubtful = folder / "big.yaml", folder / "bad.yaml", folder / "doubtful.yaml"
    text = written_out(options.tasks)
    good.write_text(text, encoding="utf-8")
    bad.write_text(with_error(text, options.tasks), encoding="utf-8")
    doubtful.write_text(with_warning(text), encoding="utf-8")
    # name: command, the exit code to come
    rows: dict[str, tuple[Sequence[str | Path], int]] = {
        "bare CSafeLoader, collector off": ([sys.executable, "-c", BARE, good], 0),
        "batchspec validate": ([BATCHSPEC, "validate", good], 0),
        "the same, one error near the end": ([BATCHSPEC, "validate", bad], 1),
        "the same, one warning": ([BATCHSPEC, "validate", doubtful], 0),
    }
    if options.check_jsonschema:
        rows["check-jsonschema"] = ([options.check_jsonschema, "--schemafile", SCHEMA, good], 0)
    if options.ajv:
        more = ["--spec=draft2020", "--strict=false", "--validate-formats=false"]
        rows["ajv-cli"] = ([options.ajv, "validate", *more, "-s", SCHEMA, "-d", good], 0)
    runs: dict[str, list[Run]] = {name: [] for name in rows}
    for _ in range(options.rounds):
        for name, (command, code) in rows.items():
            runs[name].append(_expect(_run(command), code, command))
    costs = {name: [run.cpu for run in done] for name, done in runs.items()}
    base = costs["bare CSafeLoader, collector off"] = [float(run.output) for run in next(iter(runs.values()))]
    size = good.stat().st_size / 1e6
    shown = [_row(name, cpu, base, max(run.peak for run in runs[name])) for name, cpu in costs.items()]
    for name, path in (("check-jsonschema", options.check_jsonschema), ("ajv-cli", options.ajv)):
        shown += [] if path else [[f"{name} (not installed)", "-", "-", "-"]]
    return table([f"{options.tasks:,} written-out tasks, {size:.2f} MB", "CPU s", "ratio", "peak MiB"], shown)


def _row(name: str, cpu: Sequence[float], base: Sequence[float], peak: int) -> list[str]:
    ratios = [mine / one for mine, one in zip(cpu, base, strict=True)]
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return [name, f"{statistics.median(cpu):.2f}", spread, str(peak)]


def _matrix(folder: Path, most: int) -> str:
    rows = []
    for count in (1_000, 10_000, 100_000, 1_000_000):
        if count > most:
            break
        path = folder / f"{count}.yaml"
        path.write_text(MATRIX.replace("COUNT", str(count)), encoding="utf-8")
        run = _run([BATCHSPEC, "validate", path])
        note = "" if run.code == 0 else f" (refused: exit code {run.code})"
        rows.append([f"{count:,}{note}", f"{run.cpu:.2f}", f"{run.cpu / count * 1e6:.1f}", str(run.peak)])
    return table(["tasks of a matrix", "CPU s", "us a task", "peak MiB"], rows)


def _run(command: Sequence[str | Path]) -> Run:
    """Run a command to its end; CPU with that of its children."""
    process = subprocess.Popen(
        command, env=ENVIRON, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    with process.stdout as stdout:
        output = stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, process.returncode, output)


def _expect(run: Run, code: int, command: Sequence[str | Path]) -> Run:
    if run.code != code:
        raise SystemExit(f"exit code {run.code} of {' '.join(map(str, command))}:\n{run.output[:2000]}")
    return run


if __name__ == "__main__":
    main()
