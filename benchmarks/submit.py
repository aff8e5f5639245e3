"""CPU and wall time from a checked spec in memory to accepted tasks, and memory of a whole apply of a million.

    python benchmarks/submit.py [--tasks N] [--sdk-tasks N] [--rounds N] [--memory N]

Every task has 3 environment settings, 2 resource files and a dependency; the service is a null service in C. Each row
is a process of its own, which times its own work; each round runs all rows one after the other, and the ratio is the
median of the rounds'. The SDK adds fewer tasks, since it needs so long: its figure is a task's, too.

To hold: a tenth of the SDK's CPU a task; with 50 ms latency 1.5 times what 16 requests at a time need for waiting
alone; a million tasks within 2,048 MiB.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import null_service, table
from validate import MATRIX

SPEC = """\
batchspec: v1
name: many
pool: {id: many, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 4}}
job: {id: many-1, timeout: 2h}
tasks:
  - {id: t-0, command: /bin/true}
  - id: t-${{ matrix.i }}
    matrix: {i: {range: [1, COUNT]}, before: {range: [0, LAST]}, zip: true}
    command: python3 -m app.work --index ${{ matrix.i }} --out result.json
    environment: {INDEX: "${{ matrix.i }}", SEED: "seed-${{ matrix.i }}", MODE: fast}
    inputs:
      - url: https://example.com/data/part-${{ matrix.i }}.csv
      - {url: "https://example.com/common/table.parquet", to: common}
    depends_on: ["t-${{ matrix.before }}"]
"""
SECRET = "bnVsbA=="  # the null service does not look at signatures
IN_FLIGHT, LATENCY = 16, 50  # requests at a time, ms: what the limit is counted with


def main() -> None:
    """Measure and print, or be one row of a table."""
    options = _options()
    if options.row:
        print(json.dumps(ROWS[options.row](options.url, options.tasks)))
        return
    with tempfile.TemporaryDirectory() as name:
        print(_cpu(Path(name), options), end="\n\n")
        print(_latency(Path(name), options), end="\n\n")
        print(_memory(Path(name), options.memory))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--sdk-tasks", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=1_000_000)
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    return parser.parse_args()


# --- the rows: each prints the seconds of its parts ---


def _sdk(url: str, count: int) -> dict[str, float]:
    from azure.batch import BatchServiceClient
    from azure.batch.batch_auth import SharedKeyCredentials

    client = BatchServiceClient(SharedKeyCredentials("null", SECRET), batch_url=url)
    start = time.process_time()
    tasks = [_built(at) for at in range(count)]
    built = time.process_time()
    client.task.add_collection("many-1", tasks)
    return {"build": built - start, "add_collection": time.process_time() - built}


def _built(at: int) -> Any:
    from azure.batch import models

    return models.TaskAddParameter(
        id=f"t-{at}",
        command_line=f"python3 -m app.work --index {at} --out result.json",
        environment_settings=[
            models.EnvironmentSetting(name="INDEX", value=str(at)),
            models.EnvironmentSetting(name="SEED", value=f"seed-{at}"),
            models.EnvironmentSetting(name="MODE", value="fast"),
        ],
        resource_files=[
            models.ResourceFile(http_url=f"https://example.com/data/part-{at}.csv", file_path=f"part-{at}.csv"),
            models.ResourceFile(http_url="https://example.com/common/table.parquet", file_path="common/table.parquet"),
        ],
        depends_on=models.TaskDependencies(task_ids=[f"t-{at - 1}"]),
    )


def _ours(url: str, count: int, *, kept: bool = False) -> dict[str, float]:
    connection, spec = _ready(url, count)
    from batchspec.run.adding import add_tasks
    from batchspec.run.context import Run
    from batchspec.run.retry import retrying

    start, began = time.process_time(), time.perf_counter()
    program = _compiled(spec, kept=kept)
    run = Run(program, connection.batch(program), connection.blobs, connection.clock, retrying(connection.clock))
    for _ in add_tasks(run, new=True):
        pass
    used = {"cpu": time.process_time() - start, "wall": time.perf_counter() - began}
    assert run.batch.count_tasks(run.job_id).total == count
    return used


def _parts(url: str, count: int) -> dict[str, float]:
    """Where it goes: each step of adding by itself, for all tasks. Bodies are made anew for each step."""
    connection, spec = _ready(url, count)
    from batchspec.service.bodies import collection

    program = _compiled(spec)
    batch: Any = connection.batch(program)
    used = dict.fromkeys(("bodies", "bytes", "sign and send", "read the answer"), 0.0)
    clock = time.process_time
    for start in range(0, count, 100):
        places = range(start, min(start + 100, count))
        begun = clock()
        for _ in program.bodies(places):
            pass
        made = clock()
        data = collection(program.bodies(places))
        written = clock()
        answer = batch.send("POST", "/jobs/many-1/addtaskcollection", body=data)
        sent = clock()
        assert all(entry["status"] == "Success" for entry in json.loads(answer.content)["value"])
        steps = (made - begun, (written - made) - (made - begun), sent - written, clock() - sent)
        used = {name: before + step for (name, before), step in zip(used.items(), steps, strict=True)}
    return used


def _apply(url: str, count: int, text: str = SPEC) -> dict[str, float]:
    connection, spec = _ready(url, count, text)
    from batchspec.run import apply
    from batchspec.run.report import Verdict

    before, start = _peak(), time.process_time()
    program = _compiled(spec)
    last: Any = None
    for event in apply(program, connection.batch(program), connection.blobs, connection.clock):
        last = event
    assert last.report.verdict is Verdict.SUCCEEDED, last.report.verdict
    return {"cpu": time.process_time() - start, "checked": before, "peak": _peak()}


ROWS: dict[str, Callable[[str, int], dict[str, float]]] = {
    "sdk": _sdk,
    "ours": _ours,
    "kept": lambda url, count: _ours(url, count, kept=True),
    "parts": _parts,
    "full": _apply,
    "lean": lambda url, count: _apply(url, count, MATRIX),
}


def _ready(url: str, count: int, text: str = SPEC) -> tuple[Any, Any]:
    """A connection to the null service, and the checked spec; all that is imported on the way is."""
    import batchspec.compiler.compile  # noqa: F401
    from batchspec import api
    from batchspec.spec.draft import Settings

    environ = {
        "AZURE_BATCH_ACCOUNT_NAME": "null",
        "AZURE_BATCH_ACCOUNT_KEY": SECRET,
        "AZURE_BATCH_ACCOUNT_URL": url,
    }
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "many.yaml"
        path.write_text(text.replace("COUNT", str(count)).replace("LAST", str(count - 1)), encoding="utf-8")
        (spec,) = api.check_files([path], Settings(environ=environ)).specs
    return api.connect("azure", environ, Path()).__enter__(), spec


def _compiled(spec: Any, *, kept: bool = False) -> Any:
    """The program, as it is compiled where there is a storage account for what tasks print, or none."""
    from batchspec import api
    from batchspec.compiler.links import Placeholders

    links = Placeholders()
    links.stores = kept
    return api.compile_program(spec, links)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- the tables ---


def _row(name: str, url: str, count: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--row", name, "--url", url, "--tasks", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _cpu(folder: Path, options: argparse.Namespace) -> str:
    rounds: dict[str, list[dict[str, float]]] = {"sdk": [], "ours": [], "kept": [], "parts": []}
    for _ in range(options.rounds):
        for name, found in rounds.items():
            count = options.sdk_tasks if name == "sdk" else options.tasks
            with null_service(folder) as url:
                found.append({part: used / count * 1e6 for part, used in _row(name, url, count).items()})
    base = [sum(one.values()) for one in rounds["sdk"]]
    rows = [
        [f"SDK: build, add_collection ({options.sdk_tasks:,})", f"{statistics.median(base):.1f}", "1"],
        _beside(base, rounds["ours"], "batchspec: checked spec to accepted tasks"),
        _beside(base, rounds["kept"], "the same, and what they print is kept: an output file more"),
        *([f"of it: {part}", f"{statistics.median(one[part] for one in rounds['parts']):.1f}", ""]
          for part in rounds["parts"][0]),
    ]  # fmt: skip
    return table([f"{options.tasks:,} tasks", "CPU us a task", "ratio"], rows)


def _beside(base: list[float], ours: list[dict[str, float]], what: str) -> list[str]:
    ratios = [mine["cpu"] / theirs for mine, theirs in zip(ours, base, strict=True)]
    spread = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
    return [what, f"{statistics.median(one['cpu'] for one in ours):.1f}", spread]


def _latency(folder: Path, options: argparse.Namespace) -> str:
    rows = []
    for count in (5_000, options.tasks):
        limit = math.ceil(count / 100 / IN_FLIGHT) * LATENCY / 1000
        walls = []
        for _ in range(options.rounds):
            with null_service(folder, LATENCY) as url:
                walls.append(_row("ours", url, count)["wall"])
        wall = statistics.median(walls)
        spread = f"{wall / limit:.2f} ({min(walls) / limit:.2f} to {max(walls) / limit:.2f})"
        rows.append([f"{count:,}", f"{limit:.2f}", f"{wall:.2f}", spread])
    return table([f"tasks, {LATENCY} ms a request", f"limit s, {IN_FLIGHT} at a time", "wall s", "ratio"], rows)


def _memory(folder: Path, most: int) -> str:
    rows = []
    for name, what in (("lean", "a command and limits"), ("full", "as above")):
        for count in (100_000, 1_000_000):
            if count <= most:
                with null_service(folder, 0, count) as url:
                    found = _row(name, url, count)
                used = f"{found['cpu'] / count * 1e6:.1f}"
                rows.append([f"{count:,}, {what}", used, f"{found['checked']:,.0f}", f"{found['peak']:,.0f}"])
    return table(["tasks of a matrix, a whole apply and its watch", "CPU us a task", "MiB when checked", "MiB"], rows)


if __name__ == "__main__":
    main()
