"""The commands of the hexgrid example: whole, in shards, the files they write and what bad input gets."""

from __future__ import annotations

import importlib
import json
import math
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

HEXGRID = Path(__file__).parents[3] / "specs" / "hexgrid"
sys.path.insert(0, str(HEXGRID))  # the programs run from their own directory, as modules
pytest.importorskip("numpy", reason="the hexgrid example calculates with numpy")
calculate = importlib.import_module("calculate_hexgrid_standalone")
constructor = importlib.import_module("hexgrid_constructor")

DAY = "2020-01-01"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A task's directory: a grid of two small boxes' worth of cells, and the committed stations."""
    for name in ("HEXGRID_DATE", "HEXGRID_TITLE", "HEXGRID_UNITS"):
        monkeypatch.delenv(name, raising=False)
    grid = constructor.build()
    cells = grid.cells[5000:5400] + grid.cells[-900:-500]
    small = constructor.Grid(grid.bounds, grid.radius_km, cells)
    (tmp_path / constructor.GRID_FILE).write_text(constructor.grid_text(small), encoding="utf-8")
    shutil.copy(HEXGRID / f"stations_{DAY}.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the map out, where only the numbers matter and matplotlib may be missing."""
    monkeypatch.setattr(calculate, "draw_map", lambda *_: None)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("shards", [1, 3, 8])
def test_shards_merge_to_the_same_file_as_the_whole(shards: int, work: Path) -> None:
    assert calculate.main([]) == 0
    whole = (work / f"hexgrid_{DAY}.json").read_bytes()
    (work / f"hexgrid_{DAY}.json").unlink()

    assert constructor.main(["split", "--shards", str(shards)]) == 0
    for k in range(shards):
        assert calculate.main(["interpolate", "--shard", f"shard-{k}.json", "--out", f"values-{k}.json"]) == 0
    assert calculate.main(["merge", *(f"values-{k}.json" for k in reversed(range(shards)))]) == 0

    assert (work / f"hexgrid_{DAY}.json").read_bytes() == whole


@pytest.mark.usefixtures("undrawn")
def test_the_geojson_is_valid_and_holds_every_cell_once(work: Path) -> None:
    assert calculate.main([]) == 0

    document = json.loads((work / f"hexgrid_{DAY}.json").read_text(encoding="utf-8"))
    cells = constructor.read_grid(work / constructor.GRID_FILE).cells
    features = document["features"]
    assert document["type"] == "FeatureCollection"
    assert "Synthetic" in document["source"]
    assert [feature["properties"]["id"] for feature in features] == [cell.id for cell in cells]
    assert {type(feature["properties"]["value"]) for feature in features} == {float, type(None)}
    for cell, feature in zip(cells, features, strict=True):
        assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "Polygon")
        [ring] = feature["geometry"]["coordinates"]
        assert len(ring) == 7
        assert ring[0] == ring[-1]
        sides = pairwise(ring)
        assert sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in sides) > 0  # counter-clockwise
        assert [sum(axis) / 6 for axis in zip(*ring[:6], strict=True)] == pytest.approx(cell[1:], abs=1e-5)


def test_the_map_is_a_png(work: Path) -> None:
    pytest.importorskip("matplotlib", reason="drawing the map needs matplotlib")

    assert calculate.main([]) == 0

    assert (work / f"hexgrid_{DAY}.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_map_without_any_value_can_be_drawn(work: Path) -> None:
    pytest.importorskip("matplotlib", reason="drawing the map needs matplotlib")
    grid = constructor.read_grid(work / constructor.GRID_FILE)
    stations = calculate.read_stations(work / f"stations_{DAY}.json")
    nothing = dict.fromkeys(cell.id for cell in grid.cells)

    calculate.draw_map(work / "map.png", grid, nothing, stations, DAY)

    assert (work / "map.png").stat().st_size > 0


def test_without_matplotlib_the_numbers_are_written_and_the_message_says_what_to_install(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    code = calculate.main([])

    assert code == 1
    assert (work / f"hexgrid_{DAY}.json").is_file()
    assert "pip install -r requirements.txt" in capsys.readouterr().err


@pytest.mark.usefixtures("undrawn")
def test_title_and_units_come_from_the_environment_when_they_are_set(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEXGRID_TITLE", "Fine dust")
    monkeypatch.setenv("HEXGRID_UNITS", "µg/m³")

    assert calculate.main([]) == 0

    document = json.loads((work / f"hexgrid_{DAY}.json").read_text(encoding="utf-8"))
    assert (document["title"], document["units"]) == ("Fine dust", "µg/m³")


@pytest.mark.parametrize("empty", [True, False])
def test_title_and_units_come_from_the_stations_file_otherwise(
    empty: bool, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if empty:
        monkeypatch.setenv("HEXGRID_TITLE", "")
        monkeypatch.setenv("HEXGRID_UNITS", "")

    stations = calculate.read_stations(work / f"stations_{DAY}.json")

    assert (stations.title, stations.units) == ("Daily mean temperature", "°C")


DATES: dict[str, tuple[list[str], str | None, str]] = {
    "the only stations file": (["2021-05-06"], None, "2021-05-06"),
    "an empty setting counts as none": (["2021-05-06"], "", "2021-05-06"),
    "two files leave the default": (["2021-05-06", "2021-05-07"], None, "2020-01-01"),
    "no file leaves the default": ([], None, "2020-01-01"),
    "the setting wins": (["2021-05-06"], "2022-02-02", "2022-02-02"),
}


@pytest.mark.parametrize(("files", "setting", "day"), DATES.values(), ids=DATES.keys())
def test_the_date_of_a_run(
    files: list[str], setting: str | None, day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEXGRID_DATE", raising=False)
    if setting is not None:
        monkeypatch.setenv("HEXGRID_DATE", setting)
    for name in files:
        (tmp_path / f"stations_{name}.json").touch()

    assert str(calculate.day_of_run()) == day


def test_a_setting_that_is_no_date_is_refused(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEXGRID_DATE", "../2020")

    code = calculate.main([])

    assert (code, capsys.readouterr().err) == (1, "error: not a date of the form 2020-01-01: '../2020'\n")
    assert not list(work.glob("hexgrid_*"))


HEAD = {"title": "T", "units": "u", "source": "s"}
BAD_STATIONS = {
    "no JSON": ("", "not a JSON file"),
    "no stations": (HEAD | {"stations": []}, "at least one station"),
    "without a title": (
        {"units": "u", "source": "s", "stations": []},
        "not a stations file (KeyError('title'))",
    ),
    "a station without a value": (HEAD | {"stations": [{"lon": 1, "lat": 2}]}, "not a stations file"),
    "a value of null": (HEAD | {"stations": [{"lon": 1, "lat": 2, "value": None}]}, "not a stations file"),
    "a value that is no number": (
        HEAD | {"stations": [{"lon": 1, "lat": 2, "value": math.nan}]},
        "finite numbers only",
    ),
}


@pytest.mark.parametrize(("content", "reason"), BAD_STATIONS.values(), ids=BAD_STATIONS.keys())
def test_a_bad_stations_file_gets_one_line_that_names_it(
    content: str | dict[str, object], reason: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (work / f"stations_{DAY}.json").write_text(text, encoding="utf-8")

    code = calculate.main([])

    err = capsys.readouterr().err
    assert code == 1
    assert err.startswith(f"error: stations_{DAY}.json: ")
    assert reason in err
    assert err.count("\n") == 1
    assert not list(work.glob("hexgrid_*"))


@pytest.mark.parametrize("name", [constructor.GRID_FILE, f"stations_{DAY}.json"])
def test_a_missing_input_gets_one_line_that_names_it(name: str, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / name).unlink()

    code = calculate.main([])

    assert (code, capsys.readouterr().err) == (1, f"error: {name}: No such file or directory\n")


BAD_MERGES = {
    "a shard is missing": (["values-0.json"], "400 of 800 cells have no value"),
    "a shard is given twice": (["values-0.json", "values-0.json"], "cell 5000 has a value already"),
    "a cell of another grid": (
        ["values-0.json", "values-1.json", "alien.json"],
        "cell 99999 is not in the grid",
    ),
    "a file of another kind": (["shard-0.json"], "shard-0.json: not a file of values"),
    "a file that is not there": (["gone.json"], "gone.json: No such file or directory"),
}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(("files", "reason"), BAD_MERGES.values(), ids=BAD_MERGES.keys())
def test_merge_takes_each_cell_of_the_grid_exactly_once(
    files: list[str], reason: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    constructor.main(["split", "--shards", "2"])
    for k in (0, 1):
        calculate.main(["interpolate", "--shard", f"shard-{k}.json", "--out", f"values-{k}.json"])
    (work / "alien.json").write_text('{"values": [[99999, 1.0]]}', encoding="utf-8")
    capsys.readouterr()

    code = calculate.main(["merge", *files])

    err = capsys.readouterr().err
    assert code == 1
    assert reason in err
    assert err.count("\n") == 1
    assert not list(work.glob("hexgrid_*"))


def test_the_programs_run_as_modules_in_a_directory_with_nothing_else(work: Path) -> None:
    for name in ("hexgrid_constructor.py", "calculate_hexgrid_standalone.py"):
        shutil.copy(HEXGRID / name, work)
    home = work / "home"
    home.mkdir()

    def run(*argv: str) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": str(home)}
        done = subprocess.run(
            [sys.executable, "-m", *argv], cwd=work, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout

    assert run("hexgrid_constructor", "split", "--shards", "2") == "wrote shard-0.json\nwrote shard-1.json\n"
    assert run("calculate_hexgrid_standalone", "interpolate", "--shard", "shard-1.json", "--out", "values-1.json") == (
        "cells 400 of 400\nwrote values-1.json\n"
    )
