"""Who may ask the control plane, and what it refuses."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.batch import BatchServiceClient

from tests.contract.batch.support import grown
from tests.support.control import Control
from tests.support.emulator import Emulator, running_emulator

REFUSED: dict[str, tuple[str, str, Any, int]] = {
    "rules that are no list": ("POST", "faults", {}, 400),
    "an unknown kind": ("POST", "faults", [{"kind": "explode"}], 400),
    "an unknown member": ("POST", "faults", [{"kind": "500", "mth": 2}], 400),
    "two ways to count": ("POST", "faults", [{"kind": "500", "nth": 2, "every": 2}], 400),
    "no regular expression": ("POST", "faults", [{"kind": "500", "path": "("}], 400),
    "a clock that goes back": ("POST", "clock", {"advance": -1}, 400),
    "a pool that is not there": ("POST", "nodes/nowhere/n", {"fail": "died"}, 404),
    "an unknown failure": ("POST", "nodes/nowhere/n", {"fail": "tired"}, 400),
    "an error without a code": ("POST", "pools/p", {"resize_error": {}}, 400),
    "nothing there": ("GET", "nothing", None, 404),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(control: Control, case: str) -> None:
    method, path, body, status = REFUSED[case]

    with pytest.raises(urllib.error.HTTPError) as refusal:
        control.call(method, path, body)

    with refusal.value:
        assert refusal.value.code == status


FOREIGN: dict[str, Callable[[str], requests.Response]] = {
    "under another host's name": lambda url: requests.get(url, headers={"Host": "evil.example"}, timeout=30),
    "as a form of a web page": lambda url: requests.post(url, data="[]", timeout=30),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_web_page_cannot_ask(emulator: Emulator, case: str) -> None:
    assert FOREIGN[case](f"{emulator.url}/_emulator/faults").status_code == 400


def test_a_node_that_is_dedicated_is_not_preempted(batch: BatchServiceClient, control: Control) -> None:
    pool, (node,) = grown(batch)

    with pytest.raises(urllib.error.HTTPError) as refusal:
        control.fail_node(pool, node, "preempted")

    with refusal.value:
        assert (refusal.value.code, "low-priority" in refusal.value.read().decode()) == (409, True)


def test_without_control_there_is_no_such_place(tmp_path: Path) -> None:
    with running_emulator(tmp_path / "emulator") as plain, pytest.raises(urllib.error.HTTPError) as refusal:
        plain.control.clear()

    with refusal.value:
        assert refusal.value.code == 403  # as for any path, unsigned
