"""What is retired is judged by the day that the caller gives."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from batchspec import api, catalogue
from batchspec.cli.main import run
from batchspec.spec.draft import Settings

SPEC = """\
batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_HB120rs_v2, image: ubuntu-hpc-24.04, nodes: {dedicated: 1}}
job: {id: demo, timeout: 1h}
on_finish: {pool: delete}
tasks: [{id: hello, command: hello}]
"""

DAYS = {
    None: [],
    catalogue.CATALOGUE_DATE: [],
    date(2026, 12, 1): [],
    date(2026, 12, 2): ['BS352 VM size "Standard_HB120rs_v2" retires on 2027-05-31, in 180 days'],
    date(2027, 5, 30): ['BS352 VM size "Standard_HB120rs_v2" retires on 2027-05-31, in 1 day'],
    date(2027, 5, 31): ['BS351 VM size "Standard_HB120rs_v2" was retired on 2027-05-31'],
    date(2030, 1, 1): ['BS351 VM size "Standard_HB120rs_v2" was retired on 2027-05-31'],
}


@pytest.mark.parametrize(("day", "told"), DAYS.items(), ids=str)
def test_a_size_is_fine_then_about_to_go_then_gone(day: date | None, told: list[str], tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")

    found = api.validate([path], Settings(as_of=day)).diagnostics

    assert [f"{one.code} {one.message}" for one in found] == told
    assert all(one.hint and "hbv2-series-retirement" in one.hint for one in found)


def test_the_command_line_gives_the_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")

    assert run(["validate", "--as-of", "2026-12-01", str(path)]) == 0
    assert run(["validate", "--as-of", "2027-05-31", str(path)]) == 1
    assert "error[BS351]" in capsys.readouterr().out


def test_a_part_of_a_secret_command_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    text = SPEC.replace("Standard_HB120rs_v2", "Standard_D2s_v5").replace(
        "command: hello", "command: '${{ env.TOOL }}'"
    )
    path.write_text(text, encoding="utf-8")

    found, other = api.validate([path], Settings(environ={"TOOL": r"C:\hidden place\x"})).diagnostics

    assert (found.code, other.code) == ("BS355", "BS410")
    assert "hidden" not in f"{found.message} {found.hint}"
