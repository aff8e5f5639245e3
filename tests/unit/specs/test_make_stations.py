"""The synthetic stations of the hexgrid example."""

from __future__ import annotations

import importlib
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

HEXGRID = Path(__file__).parents[3] / "specs" / "hexgrid"
sys.path.insert(0, str(HEXGRID))  # the programs run from their own directory, as modules
make_stations = importlib.import_module("make_stations")


def document(day: date) -> Any:
    return json.loads(make_stations.stations_text(day))


def test_the_committed_stations_are_what_the_script_makes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(HEXGRID)

    code = make_stations.main(["--check"])

    assert (code, capsys.readouterr().out) == (0, "stations_2020-01-01.json is up to date\n")


def test_the_file_says_that_it_is_synthetic() -> None:
    about = document(date(2020, 1, 1))

    assert about["synthetic"] is True
    assert "Synthetic" in about["source"]
    assert (about["date"], about["title"], about["units"]) == ("2020-01-01", "Daily mean temperature", "°C")


def test_there_are_1500_stations_or_more_with_ids_of_their_own_inside_the_box() -> None:
    stations = document(date(2020, 1, 1))["stations"]

    assert len(stations) >= 1500
    assert len({s["id"] for s in stations}) == len(stations)
    assert all(set(s) == {"id", "lon", "lat", "value"} for s in stations)
    assert all(-126 < s["lon"] < -66.5 and 24 < s["lat"] < 50 for s in stations)
    assert all(-40 < s["value"] < 40 for s in stations)


def test_another_day_has_other_weather_at_the_same_places() -> None:
    first, second = (document(date(2020, 1, day))["stations"] for day in (1, 2))

    places = [[(s["id"], s["lon"], s["lat"]) for s in stations] for stations in (first, second)]
    assert places[0] == places[1]
    assert [s["value"] for s in first] != [s["value"] for s in second]


PLACES = {
    "Denver": (-104.9, 39.7, True),
    "Miami": (-80.4, 25.8, True),
    "the Gulf of Mexico": (-90.0, 27.0, False),
    "the Pacific": (-125.5, 40.0, False),
    "Lake Michigan": (-87.0, 43.5, False),
    "Canada": (-100.0, 49.5, False),
}


@pytest.mark.parametrize(("lon", "lat", "land"), PLACES.values(), ids=PLACES.keys())
def test_the_outline_tells_land_from_sea(lon: float, lat: float, land: bool) -> None:
    assert make_stations.on_land(lon, lat) is land


def test_a_date_of_its_own_makes_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert make_stations.main(["--date", "2021-07-04"]) == 0
    assert make_stations.main(["--date", "2021-07-04", "--check"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["stations_2021-07-04.json"]
