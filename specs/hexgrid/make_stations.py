"""Invented weather stations: makes stations_<date>.json, the input of the example.

NOTHING HERE WAS MEASURED. The places are drawn at random inside a rough outline of the contiguous United
States, denser round its cities and thin in the dry west; the value is a made-up daily mean temperature in
degrees Celsius, cold to the north and on the mountains, mild on the coasts, plus a little noise.

    python3 -m make_stations [--date 2020-01-01] [--check]

The same date gives the same file, byte for byte; stations keep their places from day to day. Only
`random.Random.random` is used, whose sequence Python promises to keep for a given seed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from hexgrid_constructor import check, exit_code, json_rows, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COUNT = 1800
IN_CITIES = 0.4  # share of the stations that stand round a city
HEAD = {
    "synthetic": True,
    "source": "Synthetic stations made by make_stations.py: invented, not measured.",
    "title": "Daily mean temperature",
    "units": "°C",
}

# The outline, clockwise from Cape Flattery: a few dozen points (lon, lat), good to some tens of kilometres.
LAND = [
    (-124.6, 48.3), (-122.8, 49.0), (-95.2, 49.0), (-94.6, 48.7), (-91.5, 48.1), (-89.8, 47.9),
    (-92.0, 46.8), (-90.5, 46.7), (-88.0, 47.3), (-87.4, 46.5), (-84.8, 46.6), (-83.6, 46.0),
    (-87.6, 45.1), (-87.8, 43.0), (-87.5, 41.7), (-86.3, 42.1), (-86.4, 43.8), (-85.0, 45.7),
    (-83.4, 45.2), (-83.9, 43.7), (-82.6, 43.9), (-82.4, 43.0), (-83.1, 42.1), (-83.4, 41.7),
    (-81.7, 41.5), (-78.9, 42.8), (-79.0, 43.3), (-76.5, 43.5), (-74.9, 45.0), (-71.5, 45.0),
    (-69.2, 47.4), (-67.8, 47.0), (-67.0, 44.8), (-70.2, 43.6), (-70.8, 42.3), (-70.0, 41.8),
    (-71.2, 41.5), (-74.0, 40.5), (-74.9, 39.0), (-75.2, 38.2), (-76.0, 37.0), (-75.6, 35.3),
    (-77.9, 33.9), (-80.9, 32.0), (-81.4, 30.7), (-80.1, 26.8), (-80.4, 25.3), (-81.8, 26.1),
    (-82.7, 27.7), (-82.8, 29.0), (-84.0, 30.1), (-85.3, 29.7), (-87.2, 30.3), (-89.4, 29.3),
    (-91.3, 29.4), (-93.8, 29.7), (-95.0, 29.1), (-97.2, 27.7), (-97.3, 25.9), (-99.3, 26.6),
    (-101.4, 29.8), (-103.1, 29.0), (-104.5, 29.6), (-106.5, 31.8), (-111.1, 31.4), (-114.8, 32.5),
    (-117.1, 32.5), (-118.4, 33.8), (-120.6, 34.6), (-122.5, 37.6), (-123.8, 39.3), (-124.4, 40.4),
    (-124.1, 41.7), (-124.5, 42.8), (-124.0, 46.2),
]  # fmt: skip

CITIES = [
    (-122.3, 47.6), (-122.7, 45.5), (-122.2, 37.7), (-121.5, 38.6), (-118.2, 34.1), (-117.1, 32.8),
    (-115.2, 36.2), (-112.0, 33.5), (-111.9, 40.7), (-116.2, 43.6), (-106.6, 35.1), (-104.9, 39.7),
    (-97.5, 35.5), (-96.9, 32.8), (-95.4, 29.8), (-98.5, 29.5), (-94.6, 39.1), (-96.0, 41.3),
    (-93.3, 45.0), (-90.2, 38.6), (-90.1, 30.0), (-87.7, 41.9), (-83.2, 42.5), (-81.6, 41.3),
    (-84.5, 39.1), (-86.8, 36.2), (-84.4, 33.8), (-80.8, 35.2), (-80.3, 26.0), (-82.3, 28.0),
    (-81.5, 30.3), (-77.4, 37.5), (-77.1, 38.9), (-75.2, 40.0), (-74.1, 40.8), (-71.2, 42.4),
    (-80.0, 40.4), (-78.7, 42.9),
]  # fmt: skip


def on_land(lon: float, lat: float) -> bool:
    """Whether a ray to the east crosses the outline an odd number of times."""
    crossings = sum(
        (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1)
        for (x1, y1), (x2, y2) in itertools.pairwise([*LAND, LAND[0]])
    )
    return crossings % 2 == 1


def places() -> Iterator[tuple[float, float]]:
    """Yield station places (lon, lat) without end, in degrees with 4 decimals."""
    rng = Random("hexgrid stations")  # noqa: S311 - a repeatable sequence is the point, not a secret one
    while True:
        if rng.random() < IN_CITIES:
            lon, lat = CITIES[int(rng.random() * len(CITIES))]
            far, turn = 1.2 * rng.random() ** 2, math.tau * rng.random()
            lon, lat = lon + 1.3 * far * math.cos(turn), lat + far * math.sin(turn)
        else:
            lon, lat = -125 + 58.5 * rng.random(), 25 + 24.5 * rng.random()
            dry = math.exp(-(((lon + 115) / 6) ** 2) - ((lat - 40) / 5) ** 2)
            if rng.random() < 0.85 * dry:
                continue
        if on_land(lon, lat):
            yield round(lon, 4), round(lat, 4)


def temperature(lon: float, lat: float, day: date) -> float:
    """Return the made-up daily mean in degrees Celsius: smooth in place and in time."""
    season = math.cos(math.tau * (day.timetuple().tm_yday - 20) / 365.25)  # 1 in the middle of winter
    winter = 24.5 - 1.3 * (lat - 25) - 5 * math.exp(-(((lon + 97) / 11) ** 2) - ((lat - 47) / 5) ** 2)
    summer = 30 - 0.5 * (lat - 25)
    mountains = 11 * math.exp(-(((lon + 108.5) / 5.5) ** 2) - ((lat - 40.5) / 5) ** 2)
    pacific = 9 * season * math.exp(-(((lon + 124.5) / 3.5) ** 2)) * (lat - 30) / 15
    front = 2.5 * math.sin((lon + 0.9 * lat) / 5 - 0.9 * day.toordinal())  # moves east from day to day
    return (winter + summer) / 2 + (winter - summer) / 2 * season - mountains + pacific + front


def stations_text(day: date) -> str:
    """Return the stations file of a day: one JSON object, one station per line."""
    rng = Random(f"hexgrid noise {day}")  # noqa: S311 - repeatable, as above
    stations = [
        {
            "id": f"S{number:04}",
            "lon": lon,
            "lat": lat,
            "value": round(temperature(lon, lat, day) + 1.5 * (rng.random() + rng.random() - 1), 1),
        }
        for number, (lon, lat) in enumerate(itertools.islice(places(), COUNT), start=1)
    ]
    head = json.dumps(HEAD | {"date": str(day)}, ensure_ascii=False)
    return f'{head[:-1]}, "stations": {json_rows(stations)}}}\n'


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line shown at the head of this file."""
    parser = argparse.ArgumentParser(prog="make_stations", description="Make the synthetic stations of a day.")
    parser.add_argument("--date", type=date.fromisoformat, default=date(2020, 1, 1), metavar="YYYY-MM-DD")
    parser.add_argument("--check", action="store_true", help="only compare the file with what would be made")
    options = parser.parse_args(argv)
    path, text = Path(f"stations_{options.date}.json"), stations_text(options.date)
    return exit_code(lambda: (check if options.check else write)(path, text))


if __name__ == "__main__":
    sys.exit(main())
