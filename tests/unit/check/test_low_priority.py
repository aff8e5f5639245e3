"""Low-priority nodes were the forerunners of spot nodes, and many know them by that name."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec import api
from batchspec.spec.draft import Settings

SPEC = """\
batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {NODES}, POOL}
job: {id: demo, timeout: 1h}
on_finish: {pool: delete}
tasks: [{id: hello, command: hello}]
"""


@pytest.mark.parametrize("name", ["low_priority", "low_priority_nodes", "target_low_priority_nodes"])
@pytest.mark.parametrize("place", ["NODES", "POOL"])
def test_a_low_priority_name_is_told_where_spot_nodes_are_written(name: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    other = {"NODES": "POOL", "POOL": "NODES"}[place]
    path.write_text(SPEC.replace(place, f"{name}: 4").replace(other, "dedicated: 1" if other == "NODES" else ""))

    found = api.validate([path], Settings()).diagnostics

    assert [(one.code, one.hint) for one in found] == [
        ("BS101", "low-priority nodes are spot nodes now; write them as nodes.spot")
    ]
