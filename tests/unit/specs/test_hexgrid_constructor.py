"""The blank grid of the hexgrid example: geometry, shards, files."""

from __future__ import annotations

import importlib
import json
import math
import sys
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

HEXGRID = Path(__file__).parents[3] / "specs" / "hexgrid"
sys.path.insert(0, str(HEXGRID))  # the programs run from their own directory, as modules
constructor = importlib.import_module("hexgrid_constructor")

GRID = constructor.build()
ROWS: list[list[Any]] = [list(row) for _, row in groupby(GRID.cells, key=lambda cell: cell.lat)]
R = 15.0
KM = 111.195


def km_lon(lat: float) -> float:
    return KM * math.cos(math.radians(lat))


def test_rows_stand_one_and_a_half_radii_apart_from_the_south_edge() -> None:
    assert [row[0].lat for row in ROWS] == [round(24 + k * 1.5 * R / KM, 6) for k in range(len(ROWS))]


def test_centres_of_a_row_stand_root_three_radii_apart() -> None:
    steps = [(b.lon - a.lon) * km_lon(a.lat) for row in ROWS for a, b in pairwise(row)]

    assert steps == pytest.approx([math.sqrt(3) * R] * len(steps), abs=2e-4)  # 6 decimals of a degree


def test_odd_rows_begin_half_a_step_further_east() -> None:
    shifts = [(row[0].lon + 126) * km_lon(row[0].lat) for row in ROWS]

    assert shifts == pytest.approx([k % 2 * math.sqrt(3) / 2 * R for k in range(len(ROWS))], abs=2e-4)


def test_the_grid_holds_every_centre_in_the_closed_box_and_no_other() -> None:
    steps = [math.sqrt(3) * R / km_lon(row[0].lat) for row in ROWS]

    assert all(-126 <= cell.lon <= -66.5 and 24 <= cell.lat <= 50 for cell in GRID.cells)
    assert all(row[-1].lon + step > -66.5 for row, step in zip(ROWS, steps, strict=True))
    assert ROWS[-1][0].lat + 1.5 * R / KM > 50
    assert (len(ROWS), len(ROWS[0]), len(ROWS[-1]), len(GRID.cells)) == (129, 233, 165, 26054)


def test_a_centre_on_the_edge_of_the_box_belongs_to_the_grid() -> None:
    north = 1.5 * R / KM
    east = math.sqrt(3) * R / KM

    grid = constructor.build((0.0, 0.0, east, north), R)

    assert [(cell.id, cell.lon, cell.lat) for cell in grid.cells] == [
        (0, 0.0, 0.0),
        (1, round(east, 6), 0.0),
        (2, round(math.sqrt(3) / 2 * R / km_lon(north), 6), round(north, 6)),
    ]


def test_ids_count_from_zero_row_by_row() -> None:
    assert [cell.id for cell in GRID.cells] == list(range(len(GRID.cells)))
    assert sorted(GRID.cells, key=lambda cell: (cell.lat, cell.lon)) == list(GRID.cells)


def test_every_hexagon_is_regular_in_kilometres_and_pointy_at_the_top() -> None:
    for cell in GRID.cells[::997]:
        ring = constructor.corners(cell, R)
        plane = [((lon - cell.lon) * km_lon(cell.lat), (lat - cell.lat) * KM) for lon, lat in ring]

        assert [math.hypot(*corner) for corner in plane] == pytest.approx([R] * 6)
        assert [math.dist(a, b) for a, b in pairwise([*plane, plane[0]])] == pytest.approx([R] * 6)
        assert max(plane, key=lambda corner: corner[1]) == pytest.approx((0, R), abs=1e-9)


def test_neighbours_in_a_row_share_an_edge() -> None:
    for row in ROWS[::8]:
        for a, b in pairwise(row):
            north_east, _, _, _, _, south_east = constructor.corners(a, R)
            _, _, north_west, south_west, _, _ = constructor.corners(b, R)

            assert north_east == pytest.approx(north_west, abs=2e-6)
            assert south_east == pytest.approx(south_west, abs=2e-6)


def test_a_row_meets_the_next_on_the_same_latitudes_and_at_the_west_edge() -> None:
    for k, (lower, upper) in enumerate(pairwise(ROWS)):
        north_east, top, north_west, *_ = constructor.corners(lower[0], R)
        _, _, _, south_west, bottom, south_east = constructor.corners(upper[0], R)

        assert (top[1], north_west[1]) == pytest.approx((south_west[1], bottom[1]), abs=2e-6)
        if k % 2 == 0:  # the odd row above begins half a step to the east, on the first one's top
            assert top == pytest.approx(south_west, abs=2e-6)
        else:
            assert north_west[0] == pytest.approx(bottom[0], abs=1e-3)
            assert top[0] == pytest.approx(south_east[0], abs=1e-3)
        assert north_east[1] == pytest.approx(bottom[1], abs=2e-6)


def test_the_hexagons_cover_the_area_of_the_box() -> None:
    hexagons = len(GRID.cells) * 3 * math.sqrt(3) / 2 * R**2
    box = 59.5 * KM * math.degrees(math.sin(math.radians(50)) - math.sin(math.radians(24))) * KM

    assert hexagons == pytest.approx(box, rel=0.01)


@given(shards=st.integers(1, 40))
def test_shards_hold_all_cells_in_order_and_differ_by_at_most_one(shards: int) -> None:
    grid = constructor.build((0.0, 0.0, 2.0, 1.0), R)

    parts = constructor.split(grid, shards)

    sizes = [len(part.cells) for part in parts]
    assert sum((part.cells for part in parts), ()) == grid.cells
    assert len(parts) == shards
    assert max(sizes) - min(sizes) <= 1


def test_a_grid_file_reads_back_as_the_same_grid(tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_text(constructor.grid_text(GRID), encoding="utf-8")

    assert constructor.read_grid(tmp_path / "grid.json") == GRID


def test_the_committed_grid_is_what_the_script_makes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(HEXGRID)

    code = constructor.main(["build", "--check"])

    assert (code, capsys.readouterr().out) == (0, "blank_HexGrid-126_24_-66.5_50r15.json is up to date\n")


def test_check_fails_on_a_changed_file_and_leaves_it_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "grid.json"
    path.write_bytes((HEXGRID / constructor.GRID_FILE).read_bytes().replace(b"24.0", b"24.1", 1))
    before = path.read_bytes()

    code = constructor.main(["build", "--check", "--out", str(path)])

    assert code == 1
    assert "is not what this script makes" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_split_writes_one_grid_file_per_shard(tmp_path: Path) -> None:
    grid = str(HEXGRID / constructor.GRID_FILE)

    code = constructor.main(["split", "--grid", grid, "--shards", "3", "--out", str(tmp_path / "shards")])

    files = [tmp_path / "shards" / f"shard-{k}.json" for k in range(3)]
    assert code == 0
    assert sorted((tmp_path / "shards").iterdir()) == files
    assert sum((constructor.read_grid(file).cells for file in files), ()) == GRID.cells


@pytest.mark.parametrize("shards", ["0", "-1", "26055"])
def test_an_impossible_number_of_shards_is_refused(
    shards: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = str(HEXGRID / constructor.GRID_FILE)

    code = constructor.main(["split", "--grid", grid, f"--shards={shards}", "--out", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().err.startswith("error: cannot split 26,054 cells into")
    assert list(tmp_path.iterdir()) == []


GOOD = {"bounds": [0, 0, 1, 1], "circumradius_km": 15, "cells": [[0, 0.5, 0.5]]}
BAD = {
    "no JSON": ("{", "not a JSON file"),
    "no UTF-8": (b"\xff\xfe", "not a JSON file"),
    "a list": ("[]", "not a hexagon grid"),
    "without cells": (GOOD | {"cells": None}, "not a hexagon grid"),
    "a cell without its latitude": (GOOD | {"cells": [[0, 1]]}, "not a hexagon grid"),
    "three bounds": (GOOD | {"bounds": [0, 0, 1]}, "not a hexagon grid"),
    "empty": (GOOD | {"cells": []}, "at least one cell"),
    "one id twice": (GOOD | {"cells": [[0, 0, 0], [0, 1, 1]]}, "no id twice"),
    "a radius of zero": (GOOD | {"circumradius_km": 0}, "the radius must be positive"),
    "a centre beyond the pole": (GOOD | {"cells": [[0, 0, 91]]}, "a place on Earth"),
    "a centre that is no number": (GOOD | {"cells": [[0, math.nan, 0]]}, "a place on Earth"),
}


@pytest.mark.parametrize(("content", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_grid_file_gets_one_line_that_names_it(
    content: bytes | str | dict[str, object], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "grid.json"
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    code = constructor.main(["split", "--grid", str(path), "--shards", "1", "--out", str(tmp_path)])

    err = capsys.readouterr().err
    assert code == 1
    assert err.startswith(f"error: {path}: ")
    assert reason in err
    assert err.count("\n") == 1


def test_a_missing_grid_file_gets_one_line_that_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    code = constructor.main(["split", "--grid", "nowhere.json", "--shards", "1"])

    assert (code, capsys.readouterr().err) == (1, "error: nowhere.json: No such file or directory\n")
