"""Tasks per second on the local target: a whole `batchspec apply` of COUNT times /bin/true, 2 slots.

    python benchmarks/local_tasks.py [COUNT] [ROUNDS]

Beside it, in every round: a bare C loop around posix_spawn with 2 in flight (L, the machine's limit), and
`make -j2`, `ninja -j2` and GNU `parallel -j2`, those that are installed, on the same commands. To hold: batchspec
at least 0.35 of L's tasks per second. What tasks print is left on the nodes, as the peers do; a row of its own keeps it
in storage, as batchspec does by itself: that is two blobs a task. L is what it was just before each run and just after.

ext4 looks at every inode that was removed in the last minutes each time that it makes one, and a task makes four: to
measure where others remove files, such as this benchmark before, set TMPDIR to a directory on another file system.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure import Cost, cost, table

SPEC = """\
batchspec: v1
name: many
pool: {id: many, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 2}
job: {id: many}
logs: {persist: KEPT}
tasks:
  - id: t-${{ matrix.i }}
    matrix: {i: {range: COUNT}}
    command: /bin/true
"""
ENVIRON = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
BATCHSPEC = str(Path(sys.executable).with_name("batchspec"))
HERE = Path(__file__).parent
LIMIT = "C posix_spawn, 2 in flight (L)"
PLAIN, KEPT = "batchspec apply", "batchspec apply, and what they print is kept"


def main(count: int, rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts: dict[str, list[dict[str, float]]] = {PLAIN: [], KEPT: []}
        runs = _peers(folder, count)
        for name, kept in ((PLAIN, False), (KEPT, True)):
            runs[name] = partial(_batchspec, folder, count, kept, parts[name])
        measured: dict[str, list[tuple[Cost, float]]] = {name: [] for name in runs}
        for _ in range(rounds):
            for name, run in runs.items():
                measured[name].append(_beside(runs[LIMIT], run))
    rows = []
    for name, costs in measured.items():
        speed = statistics.median(count / one.wall for one, _ in costs)
        ratio = statistics.median(limit / one.wall for one, limit in costs)
        used = statistics.median(one.cpu for one, _ in costs) / count * 1e6
        rows.append([name, f"{speed:,.0f}", f"{ratio:.2f} L", f"{used:,.0f}"])
    print(table([f"{count:,} x /bin/true", "tasks/s", "ratio", "CPU us a task"], rows), end="\n\n")
    shares = [
        [name, *(f"{statistics.median(one[name] for one in those) / count * 1e6:,.0f}" for those in parts.values())]
        for name in parts[PLAIN][0]
    ]
    print(table(["where batchspec's CPU goes", "us a task", "and what they print is kept"], shares))


def _beside(limit: Callable[[], Cost], run: Callable[[], Cost]) -> tuple[Cost, float]:
    """What a run costs, and the seconds that the limit takes around that time."""
    if run is limit:
        mine = run()
        return mine, mine.wall
    before, mine, after = limit(), run(), limit()
    return mine, (before.wall + after.wall) / 2


def _peers(folder: Path, count: int) -> dict[str, Callable[[], Cost]]:
    limit = folder / "spawn"
    subprocess.run(["cc", "-O2", "-o", limit, HERE / "spawn.c"], check=True)
    runs = {LIMIT: lambda: cost([limit, str(count), "2", "/bin/true"])}
    names = [f"t{at}" for at in range(count)]
    if shutil.which("make"):
        rules = "".join(f"{name}:\n\t@/bin/true\n" for name in names)
        (folder / "Makefile").write_text(f".PHONY: all {' '.join(names)}\nall: {' '.join(names)}\n{rules}")
        runs["GNU make -j2"] = lambda: cost(["make", "-j2", "all"], folder)
    if shutil.which("ninja"):
        builds = "".join(f"build {name}: true\n" for name in names)
        (folder / "build.ninja").write_text(f"rule true\n  command = /bin/true\n{builds}")
        runs["ninja -j2"] = lambda: cost(["ninja", "-j2"], folder)
    if shutil.which("parallel"):
        (folder / "commands").write_text("/bin/true\n" * count)
        runs["GNU parallel -j2"] = lambda: cost(["parallel", "-j2", "-a", "commands"], folder)
    return runs


def _batchspec(folder: Path, count: int, kept: bool, parts: list[dict[str, float]]) -> Cost:
    """A whole apply against a service of its own; where the CPU went, in seconds, is added to `parts`."""
    folder = folder / f"{kept}-{len(parts)}"
    folder.mkdir()
    (folder / "many.yaml").write_text(SPEC.replace("COUNT", str(count)).replace("KEPT", str(kept).lower()))
    serve = [BATCHSPEC, "emulator", "serve", "--root", ".batchspec/local", "--json", "--idle", "300"]
    with subprocess.Popen(serve, cwd=folder, env=ENVIRON, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as service:
        try:
            assert service.stdout is not None
            json.loads(service.stdout.readline())
            before = _times(service.pid)
            client = cost([BATCHSPEC, "apply", "many.yaml"], folder, ENVIRON)
            user, system, below = (new - old for new, old in zip(_times(service.pid), before, strict=True))
        finally:
            service.terminate()
    part = {
        "the tasks themselves": below,
        "local service, user": user,
        "local service, system (spawning, files, sockets)": system,
        "batchspec apply, user": client.user,
        "batchspec apply, system": client.system,
    }
    parts.append(part)
    return Cost(client.wall, client.user + user + below, client.system + system)


def _times(pid: int) -> tuple[float, float, float]:
    """User, system and children's seconds of a process (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, children_user, children_system = (int(text) / os.sysconf("SC_CLK_TCK") for text in fields[11:15])
    return user, system, children_user + children_system


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
