"""The installed command, killed between the two requests that add the tasks of a larger job."""

from __future__ import annotations

import subprocess
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy, Request
from tests.support.command import Folder
from tests.support.emulator import running_emulator

SPEC = """\
batchspec: v1
name: larger
parameters: {ran: {type: string}}
pool: {id: larger, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 8}
job: {id: larger}
logs: {persist: false}
tasks:
  - id: many-${{ matrix.i }}
    matrix: {i: {range: 150}}
    command: /bin/sh -c "echo ${{ matrix.i }} >> '${{ params.ran }}'"
"""


@pytest.mark.parametrize("how", ["kill before", "kill after"])
def test_a_job_that_is_half_filled_is_filled_by_the_next_apply(tmp_path: Path, how: str) -> None:
    def judge(request: Request) -> str | None:
        return how if request.path.endswith("addtaskcollection") and request.occurrence == 2 else None

    home = tmp_path / "home"
    ran = home / "ran"
    with running_emulator(tmp_path / "emulator") as emulator, Proxy(emulator.url, emulator.account) as proxy:
        environ = {name: value.replace(emulator.url, proxy.url) for name, value in emulator.variables.items()}
        folder = Folder(home, environ)
        folder.write({"spec.yaml": SPEC})
        command = ("apply", "spec.yaml", "-p", f"ran={ran}")

        running: Future[subprocess.Popen[str]] = Future()
        proxy.judge(judge, lambda: running.result(10).kill())
        with folder.start(*command) as process:
            running.set_result(process)
            code = process.wait()
        proxy.settle()
        assert code == -9
        with emulator.batch() as client:
            assert client.job.get("larger").on_all_tasks_complete == "noaction"

        again = folder.run(*command)

        assert again.code == 0, again.stdout + again.stderr
        assert Counter(ran.read_text().split()) == Counter(map(str, range(150)))
        assert "no changes" in folder.run("plan", *command[1:]).stdout
