"""The page of the control plane tells of all that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.routing import Route

from batchspec.emulator import __main__ as program, control
from batchspec.emulator.control import PREFIX
from batchspec.emulator.control.app import control_app
from batchspec.emulator.control.ledger import Ledger
from batchspec.emulator.control.rules import ACTS, MEMBERS
from batchspec.emulator.engine.breakdowns import KINDS
from batchspec.emulator.engine.engine import Engine

PAGE = control.__doc__ or ""


@pytest.mark.parametrize("word", sorted({*MEMBERS, *ACTS, *KINDS, "disk_full"}))
def test_every_word_has_its_place_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_every_route_has_its_row(tmp_path: Path) -> None:
    app = control_app(Engine(tmp_path, "a"), Ledger())
    routes = [route for route in app.routes if isinstance(route, Route)]
    served = {
        (method, route.path.replace("{", "<").replace("}", ">"))
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
    }

    assert len(routes) == len(app.routes)
    assert served == {
        tuple(line.split("`")[1].split())
        for line in PAGE.splitlines()
        if line.startswith("| `") and PREFIX in line.split("|")[1]
    }


def test_the_help_says_what_control_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["serve", "--help"])

    said = " ".join(capsys.readouterr().out.split())
    assert "--control for tests: let whoever can reach the port ask for faults" in said
