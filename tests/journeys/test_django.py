"""The site of docs/django.md, its files taken from the page: real Django and its client, on the local target."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from tests.support.command import Folder
from tests.support.emulator import none_left
from tests.support.page_files import write_files

PAGE = Path(__file__).parents[2] / "docs/django.md"
STATIONS = [{"x": 0, "y": 0, "t": 10.0}, {"x": 2, "y": 2, "t": 20.0}]
PATIENCE = 45.0  # seconds

# As the page says to start the site, from an empty folder: makemigrations, migrate, runserver.
COMMANDS = [
    [sys.executable, *shlex.split(line)]
    for line in re.findall(r"^\$ python (manage\.py .*)", PAGE.read_text(), re.MULTILINE)
]

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """The page's app, configured; its local service ends with the module."""
    folder = Folder(tmp_path_factory.mktemp("site"))
    assert write_files(PAGE, folder.path)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AZURE_", "BATCHSPEC_")):
                patch.delenv(name)
        patch.syspath_prepend(str(folder.path))
        patch.setenv("DJANGO_SETTINGS_MODULE", "interpolation.settings")
        patch.setattr(sys, "dont_write_bytecode", True)
        for command in COMMANDS[:-1]:
            subprocess.run(command, cwd=folder.path, capture_output=True, check=True)
        django.setup()
        yield folder
        connections.close_all()
    folder.run("emulator", "stop")
    assert none_left(folder.path / ".batchspec/local")


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost")


def started(client: Client, stations: object = STATIONS) -> str:
    answer = client.post("/runs", json.dumps(stations), content_type="application/json")

    assert answer.status_code == 202, answer.content
    return str(answer.json()["id"])


def ended(client: Client, run: str) -> dict[str, Any]:
    """The report of a run, once it has a verdict."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = client.get(f"/runs/{run}")
        assert answer.status_code == 200, answer.content
        if answer.json()["verdict"]:
            return dict(answer.json())
        time.sleep(0.1)
    raise AssertionError(f"the run has no verdict: {answer.content!r}")


def test_a_view_starts_a_run_another_reports_it_and_a_third_returns_its_output(client: Client) -> None:
    run = started(client)
    found = ended(client, run)
    output = client.get(f"/runs/{run}/output")

    assert found == {"verdict": "succeeded", "done": 1, "total": 1}
    assert output["Content-Type"] == "application/json"
    grid = {(one["x"], one["y"]): one["t"] for one in output.json()}
    assert len(grid) == 9
    assert grid[1, 1] == 15.0  # as far from one station as from the other
    assert grid[0, 0] < grid[0, 1] < grid[1, 1] < grid[2, 2]


def test_the_page_starts_a_site_that_answers(site: Folder) -> None:
    port = free_port()
    server = [*COMMANDS[-1], f"127.0.0.1:{port}", "--noreload"]
    with subprocess.Popen(server, cwd=site.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            until_it_listens(port)
            run = asked(port, "POST", "/runs", json.dumps(STATIONS))["id"]
            deadline = time.monotonic() + PATIENCE
            while (found := asked(port, "GET", f"/runs/{run}"))["verdict"] is None and time.monotonic() < deadline:
                time.sleep(0.1)
            grid = asked(port, "GET", f"/runs/{run}/output")
        finally:
            running.terminate()

    assert found == {"verdict": "succeeded", "done": 1, "total": 1}
    assert grid[0] == {"x": 0, "y": 0, "t": 10.01}  # as the page shows it


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until_it_listens(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as one:
            if not one.connect_ex(("127.0.0.1", port)):
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def asked(port: int, method: str, path: str, body: str | None = None) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_there_is_no_output_before_the_end(site: Folder, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from interpolation import views

    spec = site.path / "interpolation/slow.yaml"
    spec.write_text(views.SPEC.read_text().replace("run: python3 ", "run: sleep 600; python3 "))
    monkeypatch.setattr(views, "SPEC", spec)

    run = started(client)
    early = client.get(f"/runs/{run}/output"), client.get(f"/runs/{run}")
    views.find(run).cancel()

    assert early[0].status_code == 409
    assert early[1].json() == {"verdict": None, "done": 0, "total": 1}
    assert ended(client, run)["verdict"] in ("failed", "blocked")  # as it had been started by then, or not
    assert client.get(f"/runs/{run}/output").status_code == 502


def test_requests_in_several_threads_have_runs_of_their_own() -> None:
    def whole(warm: float) -> float:
        client = Client(SERVER_NAME="localhost")
        try:
            run = started(client, [{"x": 1, "y": 1, "t": warm}])
            assert ended(client, run)["verdict"] == "succeeded"
            return float(client.get(f"/runs/{run}/output").json()[0]["t"])
        finally:
            connections.close_all()

    warm = [1.0, 2.0, 3.0, 4.0]
    with ThreadPoolExecutor(len(warm)) as threads:
        assert list(threads.map(whole, warm)) == warm


def test_a_run_is_followed_by_another_process_that_knows_its_row(site: Folder, client: Client) -> None:
    run = started(client)

    script = (
        "import django, sys; django.setup()\n"
        "from interpolation.views import find\n"
        "print(find(sys.argv[1]).wait(timeout=45).verdict.value)"
    )
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "interpolation.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script, run], cwd=site.path, env=environ, capture_output=True, text=True, check=True
    )

    assert done.stdout == "succeeded\n"


def test_a_run_that_fails_says_what_its_task_printed(client: Client) -> None:
    run = started(client, "no stations")
    found = ended(client, run)
    output = client.get(f"/runs/{run}/output")

    assert found["verdict"] == "failed"
    assert output.status_code == 502
    assert "TypeError" in output.json()["stderr"]


def test_what_is_not_there_is_not_found(client: Client) -> None:
    from interpolation.models import Interpolation

    row = Interpolation.objects.create(run_id="local:somebody-deleted-it")
    unstarted = Interpolation.objects.create()

    assert client.get(f"/runs/{uuid.uuid4()}").status_code == 404
    assert client.get(f"/runs/{unstarted.pk}").status_code == 404
    answer = client.get(f"/runs/{row.pk}/output")
    assert answer.status_code == 404
    assert answer.json()["error"] == 'there is no job "somebody-deleted-it"'


def test_a_service_that_does_not_answer_is_no_crash_of_the_site(client: Client) -> None:
    from interpolation.models import Interpolation

    row = Interpolation.objects.create(run_id="azure:interpolate")  # and no account is configured

    answer = client.get(f"/runs/{row.pk}")

    assert answer.status_code == 503
    assert "no" in answer.json()["error"]


@pytest.mark.parametrize("name", ["stations.json", "of 1 January.txt", "-x"])
def test_the_command_writes_the_grid_of_a_file_of_any_name(
    site: Folder, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    stations = site.path / "files" / name
    stations.parent.mkdir(exist_ok=True)
    stations.write_text(json.dumps(STATIONS))

    call_command("interpolate", str(stations), str(site.path / "results"))

    shown = site.path / "results/grid/grid.json"
    assert capsys.readouterr().out == f"{shown}\n"
    assert len(json.loads(shown.read_text())) == 9


def test_the_command_says_that_the_work_failed(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from interpolation import views
    from interpolation.management.commands import interpolate

    # A pool of its own: the other has just been put to sleep, and takes no other formula for 30 seconds.
    spec = site.path / "interpolation/other.yaml"
    spec.write_text(views.SPEC.read_text().replace("id: interpolate\n", "id: other\n"))
    monkeypatch.setattr(interpolate, "SPEC", spec)
    stations = site.path / "wrong.json"
    stations.write_text("[{}]")

    with pytest.raises(CommandError, match=r"(?s)local:interpolate-\w+: failed\ntask \"grid\" failed.*KeyError: 'x'"):
        call_command("interpolate", str(stations), str(site.path / "nowhere"))

    assert not (site.path / "nowhere").exists()


def test_the_command_says_that_the_file_is_not_there(site: Folder) -> None:
    with pytest.raises(CommandError, match=r"BS401 .*gone\.json"):
        call_command("interpolate", str(site.path / "gone.json"), str(site.path / "nowhere"))
