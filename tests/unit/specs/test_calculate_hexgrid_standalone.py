"""The calculation of the hexgrid example, against the formula written out again in plain Python."""

from __future__ import annotations

import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

HEXGRID = Path(__file__).parents[3] / "specs" / "hexgrid"
sys.path.insert(0, str(HEXGRID))  # the programs run from their own directory, as modules
np = pytest.importorskip("numpy", reason="the hexgrid example calculates with numpy")
calculate = importlib.import_module("calculate_hexgrid_standalone")
constructor = importlib.import_module("hexgrid_constructor")

DAY = "2020-01-01"
Station = tuple[float, float, float]  # lon, lat, value


def haversine_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    a, b, c, d = map(math.radians, (lon1, lat1, lon2, lat2))
    h = math.sin((d - b) / 2) ** 2 + math.cos(b) * math.cos(d) * math.sin((c - a) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def expected(lon: float, lat: float, stations: list[Station]) -> float | None:
    """Return what the formula gives, one station after the other."""
    above = below = 0.0
    for slon, slat, value in stations:
        d = haversine_km(lon, lat, slon, slat)
        if d < 0.001:
            return value
        if d <= 300:
            above += value / d**2
            below += 1 / d**2
    return above / below if below else None


def stations_of(rows: list[Station]) -> Any:
    lon, lat, value = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return calculate.Stations(lon, lat, value, "Title", "units", "made by hand")


def value_at(lon: float, lat: float, rows: list[Station]) -> float:
    [value] = calculate.interpolate(np.array([lon]), np.array([lat]), stations_of(rows)).tolist()
    return float(value)


def north(km: float) -> float:
    """Degrees of latitude in so many kilometres on the haversine sphere."""
    return math.degrees(km / 6371.0088)


# The formula


def test_a_sample_of_the_real_grid_agrees_with_the_formula_in_plain_python() -> None:
    cells = constructor.read_grid(HEXGRID / constructor.GRID_FILE).cells[17::104]
    document = json.loads((HEXGRID / f"stations_{DAY}.json").read_text(encoding="utf-8"))
    rows = [(s["lon"], s["lat"], s["value"]) for s in document["stations"]]

    values = calculate.interpolate_cells(cells, calculate.read_stations(HEXGRID / f"stations_{DAY}.json"))

    wanted = {cell.id: expected(cell.lon, cell.lat, rows) for cell in cells}
    assert None in wanted.values()
    assert values == {id_: v if v is None else pytest.approx(v, rel=1e-11) for id_, v in wanted.items()}


BY_HAND: dict[str, tuple[list[Station], float]] = {
    "one station gives its value": ([(-100, north(200), 7.5)], 7.5),
    "equal distances give the mean": ([(-100, north(50), 1), (-100, -north(50), 2)], 1.5),
    "twice as far weighs a quarter": ([(-100, north(50), 10), (-100, -north(100), 0)], 8),
    "0.9 m away gives its own value": ([(-100, north(0.0009), 3), (-100, north(0.002), 90)], 3),
    "in the very centre gives its own value": ([(-100, north(1), 90), (-100, 0, 3)], 3),
    "of two within 1 m the nearer counts": ([(-100, north(0.0009), 3), (-100, north(0.0005), 4)], 4),
    "1.1 m away is a weight like any other": ([(-100, north(0.0011), 0), (-100, -north(0.0011), 1)], 0.5),
    "a millimetre within 300 km counts": ([(-100, north(299.999999), 5)], 5),
    "a millimetre beyond 300 km does not": ([(-100, north(300.000001), 5), (-100, north(299), 1)], 1),
    "none within 300 km gives null": ([(-100, north(300.000001), 5), (80, 0, 5)], math.nan),
}


@pytest.mark.parametrize(("rows", "value"), BY_HAND.values(), ids=BY_HAND.keys())
def test_cases_made_by_hand(rows: list[Station], value: float) -> None:
    assert value_at(-100, 0, rows) == pytest.approx(value, nan_ok=True, rel=1e-6)


def test_a_station_exactly_at_the_border_is_within_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    far = np.array([-97.0]), np.array([36.5])
    distance = float(calculate.distance_km(np.array([-100.0]), np.array([35.0]), *far)[0])
    station = [(-97.0, 36.5, 5.0)]

    monkeypatch.setattr(calculate, "REACH_KM", distance)
    assert value_at(-100, 35, station) == 5.0
    monkeypatch.setattr(calculate, "REACH_KM", math.nextafter(distance, 0))
    assert math.isnan(value_at(-100, 35, station))


def test_a_quarter_of_the_equator_is_a_quarter_of_the_circumference() -> None:
    distance = calculate.distance_km(np.array([0.0]), np.array([0.0]), np.array([90.0]), np.array([0.0]))

    assert distance.tolist() == pytest.approx([math.pi / 2 * 6371.0088])


# Laws

numbers = st.floats(-50, 50)
some_stations = st.lists(st.tuples(st.floats(-104, -96), st.floats(36, 44), numbers), min_size=1, max_size=12)


@given(rows=some_stations)
def test_a_value_lies_between_those_of_the_stations_in_reach(rows: list[Station]) -> None:
    value = value_at(-100, 40, rows)

    reach = [v for lon, lat, v in rows if haversine_km(-100, 40, lon, lat) <= 300.000001]
    assert math.isnan(value) or min(reach) - 1e-9 <= value <= max(reach) + 1e-9


@given(rows=some_stations, data=st.data())
def test_the_order_of_the_stations_does_not_matter(rows: list[Station], data: st.DataObject) -> None:
    rows = list({(lon, lat): (lon, lat, v) for lon, lat, v in rows}.values())
    shuffled = data.draw(st.permutations(rows))

    assert value_at(-100, 40, shuffled) == pytest.approx(value_at(-100, 40, rows), nan_ok=True, abs=1e-9)


@given(rows=some_stations, other=st.floats(-1000, 1000))
def test_a_station_out_of_reach_changes_nothing(rows: list[Station], other: float) -> None:
    assert value_at(-100, 40, [*rows, (-100, 50, other)]) == pytest.approx(
        value_at(-100, 40, rows), nan_ok=True, abs=1e-9
    )


@pytest.mark.parametrize("chunk", [1, 7, 128, 5000])
def test_the_size_of_a_chunk_does_not_change_a_bit(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = constructor.build().cells[9000:9400]
    stations = calculate.read_stations(HEXGRID / f"stations_{DAY}.json")
    whole = calculate.interpolate_cells(cells, stations)

    monkeypatch.setattr(calculate, "CHUNK", chunk)

    assert calculate.interpolate_cells(cells, stations) == whole


def test_progress_counts_the_cells_up_to_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    cells = constructor.build().cells[:1234]

    calculate.interpolate_cells(cells, stations_of([(-100, 40, 1)]))

    assert capsys.readouterr().out.splitlines() == [
        "cells 500 of 1,234",
        "cells 1,000 of 1,234",
        "cells 1,234 of 1,234",
    ]
