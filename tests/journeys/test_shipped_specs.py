"""The two shipped specs, whole: what they bring home is the formula's result, and the same from both.

Their tasks install numpy and matplotlib from the package index, as they do for a user.
"""

from __future__ import annotations

import json
import math
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Folder

SPECS = Path(__file__).parents[2] / "specs"
RADIUS, REACH = 6371.0088, 300.0  # km


def distance(lon: float, lat: float, station: dict[str, Any]) -> float:
    """Great-circle distance in km, by the haversine formula."""
    a, b = math.radians(lat), math.radians(station["lat"])
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(station["lon"] - lon) / 2) ** 2
    return 2 * RADIUS * math.asin(math.sqrt(half))


def value(lon: float, lat: float, stations: list[dict[str, Any]]) -> float | None:
    """The formula of the interpolation, written down once more."""
    near = [(distance(lon, lat, station), station["value"]) for station in stations]
    near = [(length, measured) for length, measured in near if length <= REACH]
    if near and min(near)[0] < 0.001:
        return float(min(near)[1])
    weights = sum(1 / length**2 for length, _ in near)
    return sum(measured / length**2 for length, measured in near) / weights if near else None


@pytest.mark.timeout(300)
def test_both_specs_bring_home_the_same_map_and_it_is_the_formulas(folder: Folder) -> None:
    shutil.copytree(SPECS, folder.path / "specs")
    folder = replace(folder, patience=140)

    whole = folder.run("apply", "specs/hexgrid.yaml", "--json")
    sharded = folder.run("apply", "specs/hexgrid-sharded.yaml", "-p", "shards=3", "--json")

    assert (whole.code, sharded.code) == (0, 0), whole.stdout[-2000:] + sharded.stdout[-2000:]
    results = folder.path / "outputs"
    first = (results / "hexgrid-2020-01-01/interpolate/hexgrid_2020-01-01.json").read_bytes()
    second = (results / "hexgrid-sharded-2020-01-01-3/merge/hexgrid_2020-01-01.json").read_bytes()
    assert first == second
    assert (results / "hexgrid-2020-01-01/interpolate/hexgrid_2020-01-01.png").read_bytes().startswith(b"\x89PNG")

    grid = json.loads((SPECS / "hexgrid/blank_HexGrid-126_24_-66.5_50r15.json").read_text())
    stations = json.loads((SPECS / "hexgrid/stations_2020-01-01.json").read_text())["stations"]
    features = {
        feature["properties"]["id"]: feature["properties"]["value"] for feature in json.loads(first)["features"]
    }
    assert len(features) == len(grid["cells"])
    for cell, lon, lat in random.Random(7).sample(grid["cells"], 300):  # a fixed choice
        expected = value(lon, lat, stations)
        assert (features[cell] is None) == (expected is None)
        assert expected is None or features[cell] == pytest.approx(expected, rel=1e-9)
