"""The API version that a spec names is the one that is spoken for it, wherever it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from batchspec import api
from batchspec.run import Options, Verdict, apply, destroy, status
from batchspec.run.events import Finished
from batchspec.service import local
from batchspec.spec.draft import Settings
from tests.support.emulator import running_emulator

SPEC = """\
batchspec: v1
name: spoken-{name}
{line}
pool: {{id: spoken-{name}, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {{dedicated: 1}}}}
job: {{id: spoken-{name}, prepare: {{command: /bin/true}}}}
on_finish: {{pool: scale_to_zero}}
tasks:
  - {{id: a, run: "echo a > a", outputs: [{{path: a, download: true}}]}}
  - {{id: b, inputs: [{{task: a}}], command: /bin/true}}
"""
VERSIONS = {"old": "2024-02-01.19.0", "new": "2025-06-01", "silent": "2025-06-01"}


@pytest.mark.parametrize("target", ["local", "azure"])
def test_every_request_of_a_run_carries_the_version_of_its_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    for name, version in VERSIONS.items():
        line = "" if name == "silent" else f"api_version: {version}"
        (tmp_path / f"{name}.yaml").write_text(SPEC.format(name=name, line=line))
    sent: list[str] = []
    send = requests.adapters.HTTPAdapter.send

    def recorded(adapter: Any, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if "x-ms-version" not in request.headers:  # as storage has it, behind the same address
            sent.append(request.url or "")
        return send(adapter, request, *args, **kwargs)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", recorded)
    with running_emulator(tmp_path / "root") as emulator:
        monkeypatch.setattr(local, "endpoint", lambda _root: emulator.variables)
        with api.connect(target, emulator.variables) as connection:
            for name, version in VERSIONS.items():
                sent.clear()
                checked = api.check_files([tmp_path / f"{name}.yaml"], Settings(target=target))
                program = connection.program(checked.specs[0])
                batch = connection.batch(program)

                events = list(
                    apply(program, batch, connection.blobs, connection.clock, Options(results=tmp_path, timeout=45.0))
                )
                status(program, batch, connection.clock)
                list(destroy(program, batch, connection.blobs, connection.clock))

                assert isinstance(events[-1], Finished)
                assert events[-1].report.verdict is Verdict.SUCCEEDED
                assert len(sent) > 15
                assert {parse_qs(urlsplit(url).query)["api-version"][0] for url in sent} == {version}
