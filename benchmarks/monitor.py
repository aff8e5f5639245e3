"""CPU of looking at a job of many tasks: a poll of the watch, and a look at every task.

    python benchmarks/monitor.py [--tasks N] [--rounds N] [--sdk]

Against a null service in C; all in one process, each round one row after the other, medians. Beside them is the least
that Python's own library needs for the same pages (http.client and json, no signature); `--sdk` adds the SDK's
task.list, which takes seconds.

To hold at 100,000 tasks: 2 ms where nothing changed, 100 ms for the ids and states of all.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from measure import null_service, table
from submit import SECRET, _compiled, _ready


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sdk", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, null_service(Path(name), 0, options.tasks, options.tasks) as url:
        rows = _rows(url, options.tasks, sdk=options.sdk)
        for look in rows.values():
            look()  # the first look at all, and the first connections
        costs: dict[str, list[float]] = {row: [] for row in rows}
        for _ in range(options.rounds):
            for row, look in rows.items():
                costs[row].append(_cpu(look))
    shown = [[row, f"{statistics.median(used):.2f}", f"{min(used):.2f}"] for row, used in costs.items()]
    print(table([f"a job of {options.tasks:,} tasks", "CPU ms", "least"], shown))


def _cpu(look: Callable[[], object]) -> float:
    """Milliseconds; of quick looks the mean of many, and at least two."""
    start, times = time.process_time(), 0
    while times < 2 or time.process_time() - start < 0.05:
        look()
        times += 1
    return (time.process_time() - start) / times * 1000


def _rows(url: str, count: int, *, sdk: bool) -> dict[str, Callable[[], object]]:
    connection, spec = _ready(url, count)
    from batchspec.run.context import Run
    from batchspec.run.retry import retrying
    from batchspec.run.watch import _Watch

    program = _compiled(spec)
    batch: Any = connection.batch(program)
    run = Run(program, batch, connection.blobs, connection.clock, retrying(connection.clock))
    watch = _Watch(run, over=False, only=False)

    def changed() -> None:
        watch.behind = True
        _drained(watch._poll())  # noqa: SLF001

    def sweep() -> None:
        assert len(batch.task_states("many-1")) == count

    rows: dict[str, Callable[[], object]] = {
        "a poll of the watch where nothing changed": lambda: _drained(watch._poll()),  # noqa: SLF001
        "where 100 tasks changed": changed,
        "ids and states of all": sweep,
        "the same with http.client and json alone": lambda: _bare(url, count),
    }
    if sdk:
        from azure.batch import BatchServiceClient, models
        from azure.batch.batch_auth import SharedKeyCredentials

        client = BatchServiceClient(SharedKeyCredentials("null", SECRET), batch_url=url)
        options = models.TaskListOptions(select="id,state")
        rows["the same with the SDK's task.list"] = lambda: len(list(client.task.list("many-1", options)))
    return rows


def _drained(steps: Any) -> None:
    for _ in steps:
        pass


def _bare(url: str, count: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    found: dict[str, str] = {}
    link = "/jobs/many-1/tasks?api-version=2025-06-01&maxresults=1000&$select=id,state"
    while link:
        connection.request("GET", link)
        page = json.loads(connection.getresponse().read())
        found.update((entry["id"], entry["state"]) for entry in page["value"])
        link = page.get("odata.nextLink", "").removeprefix(url)
    connection.close()
    assert len(found) == count


if __name__ == "__main__":
    main()
