"""Interpolate station values onto the hexagon grid and draw the map.

    value(cell) = sum(w v) / sum(w),  w = 1 / d²,  over the stations with d <= 300 km

d is the haversine distance from the centre of the cell, on a sphere of radius 6371.0088 km. A station nearer
than 1 m gives its own value (the nearest one, if there are several); a cell without a station in reach is
null.

    python3 -m calculate_hexgrid_standalone              the whole job, in the current directory
    python3 -m calculate_hexgrid_standalone interpolate --shard shard-0.json --out values-0.json
    python3 -m calculate_hexgrid_standalone merge values-*.json

Whole or in shards, the outcome is the same to the last bit: hexgrid_<date>.json, a GeoJSON file, and
hexgrid_<date>.png, the map. Each command reads stations_<date>.json in the current directory; the first and
the last read the blank grid there, too.

Environment: HEXGRID_DATE (default: the date of the only stations_*.json here, else 2020-01-01), HEXGRID_TITLE
and HEXGRID_UNITS (title of the map and label of its colour bar; default: what the stations file says).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from hexgrid_constructor import (
    GRID_FILE,
    Cell,
    Grid,
    HexgridError,
    corners,
    exit_code,
    json_rows,
    read_grid,
    read_json,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EARTH_RADIUS_KM = 6371.0088
REACH_KM = 300.0
TOUCH_KM = 0.001
CHUNK = 500  # cells at a time: memory is some arrays of CHUNK x stations, whatever the size of the grid

Floats: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = "dict[int, float | None]"  # by cell id


@dataclass(frozen=True)
class Stations:
    """What was measured where: arrays of one length; places in degrees, values in the named units."""

    lon: Floats
    lat: Floats
    value: Floats
    title: str
    units: str
    source: str


def read_stations(path: Path) -> Stations:
    """Read a stations file, and its title and units unless the environment has others."""
    document = read_json(path)
    try:
        rows = [(float(s["lon"]), float(s["lat"]), float(s["value"])) for s in document["stations"]]
        title = os.environ.get("HEXGRID_TITLE") or str(document["title"])
        units = os.environ.get("HEXGRID_UNITS") or str(document["units"])
        source = str(document["source"])
    except (KeyError, TypeError, ValueError) as error:
        raise HexgridError(f"{path}: not a stations file ({error!r})") from error
    if not rows or not np.isfinite(rows).all():
        raise HexgridError(f"{path}: needs at least one station, and finite numbers only")
    lon, lat, value = np.array(rows).T.copy()
    return Stations(lon, lat, value, title, units, source)


def distance_km(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Return the haversine distance of points given in degrees; the arrays broadcast."""
    phi1, phi2, step = np.radians(lat1), np.radians(lat2), np.radians(lon2 - lon1)
    h = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(step / 2) ** 2
    distance: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1)))
    return distance


def interpolate(lon: Floats, lat: Floats, stations: Stations) -> Floats:
    """Return the value at each point, NaN where no station is in reach.

    Every point is a row over all stations, summed by itself, so its value does not depend, not even in the
    last bit, on which other points are calculated with it.
    """
    distance = distance_km(lon[:, np.newaxis], lat[:, np.newaxis], stations.lon, stations.lat)
    weight = np.where(distance <= REACH_KM, 1 / np.maximum(distance, TOUCH_KM) ** 2, 0)
    total = weight.sum(axis=1)
    mean = np.full(len(lon), np.nan)
    np.divide((weight * stations.value).sum(axis=1), total, out=mean, where=total > 0)
    touching = distance.min(axis=1) < TOUCH_KM
    return np.where(touching, stations.value[distance.argmin(axis=1)], mean)


def interpolate_cells(cells: Sequence[Cell], stations: Stations) -> Values:
    """Return the value of each cell, None where no station is in reach; print the progress."""
    values: Values = {}
    for start in range(0, len(cells), CHUNK):
        ids, lon, lat = zip(*cells[start : start + CHUNK], strict=True)
        chunk = interpolate(np.array(lon), np.array(lat), stations).tolist()
        values.update((id_, None if math.isnan(v) else v) for id_, v in zip(ids, chunk, strict=True))
        print(f"cells {len(values):,} of {len(cells):,}", flush=True)
    return values


def read_values(paths: Iterable[Path], grid: Grid) -> Values:
    """Read the values of all shards; HexgridError unless they cover the grid, each cell once."""
    values: Values = {}
    for path in paths:
        try:
            shard = {int(id_): None if v is None else float(v) for id_, v in read_json(path)["values"]}
        except (KeyError, TypeError, ValueError) as error:
            raise HexgridError(f"{path}: not a file of values ({error!r})") from error
        if twice := shard.keys() & values.keys():
            raise HexgridError(f"{path}: cell {min(twice)} has a value already, from another shard")
        values |= shard
    ids = {cell.id for cell in grid.cells}
    if missing := ids - values.keys():
        raise HexgridError(f"{len(missing):,} of {len(ids):,} cells have no value: is a shard missing?")
    if strange := values.keys() - ids:
        raise HexgridError(f"cell {min(strange)} is not in the grid: do the shards belong to it?")
    return values


def geojson_text(grid: Grid, values: Values, stations: Stations, day: date) -> str:
    """Return a FeatureCollection (RFC 7946), one hexagon per line, corners to 5 decimals (1 m)."""
    about = {"title": stations.title, "units": stations.units, "date": str(day), "source": stations.source}
    head = json.dumps({"type": "FeatureCollection"} | about, ensure_ascii=False)
    features = json_rows(feature(cell, grid.radius_km, values[cell.id]) for cell in grid.cells)
    return f'{head[:-1]}, "features": {features}}}\n'


def feature(cell: Cell, radius_km: float, value: float | None) -> dict[str, object]:
    """Return one hexagon: a closed ring, counter-clockwise."""
    ring = [(round(lon, 5), round(lat, 5)) for lon, lat in corners(cell, radius_km)]
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "properties": {"id": cell.id, "value": value}, "geometry": geometry}


def draw_map(path: Path, grid: Grid, values: Values, stations: Stations, day: date) -> None:
    """Draw the hexagons, coloured by value, with the stations on top."""
    try:
        from matplotlib import collections, colormaps, figure, patches
    except ImportError as error:
        raise HexgridError(f"cannot draw the map ({error}): pip install -r requirements.txt") from error

    grey = "0.87"
    west, south, east, north = grid.bounds
    page = figure.Figure(figsize=(12, 6.9), dpi=130, layout="compressed")
    axes = page.add_subplot(xlim=(west, east), ylim=(south, north), facecolor=grey)
    axes.set_aspect(1 / math.cos(math.radians((south + north) / 2)))
    hexagons = collections.PolyCollection(
        [corners(cell, grid.radius_km) for cell in grid.cells],
        array=np.array([values[cell.id] for cell in grid.cells], dtype=float),
        cmap=colormaps["RdYlBu_r"].with_extremes(bad=grey),
        edgecolors="face",  # closes the small gaps where rows have drifted apart
        linewidths=1.2,
    )
    axes.add_collection(hexagons)
    axes.plot(stations.lon, stations.lat, "k.", markersize=1.6, alpha=0.6, label="station")
    nothing = patches.Patch(color=grey, label=f"no station within {REACH_KM:g} km")
    axes.legend(handles=[*axes.lines, nothing], loc="lower left", markerscale=4, facecolor="white")
    axes.set_title(f"{stations.title}, {day}", fontsize=15)
    axes.set(xlabel="longitude", ylabel="latitude")
    axes.xaxis.set_major_formatter(lambda lon, _: f"{abs(lon):g}°{'W' if lon < 0 else 'E'}")
    axes.yaxis.set_major_formatter(lambda lat, _: f"{abs(lat):g}°{'S' if lat < 0 else 'N'}")
    page.colorbar(hexagons, pad=0.02, label=stations.units)
    page.supxlabel(stations.source, fontsize="small", color="0.35")
    page.savefig(path)
    print(f"wrote {path}", flush=True)


def day_of_run() -> date:
    """Return HEXGRID_DATE, else the date of the only stations file here, else 2020-01-01."""
    text = os.environ.get("HEXGRID_DATE")
    if not text:
        here = [path.stem.removeprefix("stations_") for path in Path().glob("stations_*.json")]
        text = here[0] if len(here) == 1 else "2020-01-01"
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HexgridError(f"not a date of the form 2020-01-01: {text!r}") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line shown at the head of this file."""
    parser = argparse.ArgumentParser(
        prog="calculate_hexgrid_standalone", description="Interpolate stations onto a grid; draw the map."
    )
    commands = parser.add_subparsers(dest="command", metavar="{interpolate,merge}")
    one = commands.add_parser("interpolate", help="calculate the values of one shard")
    one.add_argument("--shard", type=Path, required=True, metavar="FILE")
    one.add_argument("--out", type=Path, required=True, metavar="FILE")
    all_ = commands.add_parser("merge", help="put the values of all shards together and draw the map")
    all_.add_argument("values", type=Path, nargs="+", metavar="VALUES")
    options = parser.parse_args(argv)

    def program() -> None:
        day = day_of_run()
        stations = read_stations(Path(f"stations_{day}.json"))
        if options.command == "interpolate":
            values = interpolate_cells(read_grid(options.shard).cells, stations)
            write(options.out, f'{{"values": {json_rows(values.items())}}}\n')
            return
        grid = read_grid(Path(GRID_FILE))
        if options.command == "merge":
            values = read_values(options.values, grid)
        else:
            values = interpolate_cells(grid.cells, stations)
        write(Path(f"hexgrid_{day}.json"), geojson_text(grid, values, stations, day))
        draw_map(Path(f"hexgrid_{day}.png"), grid, values, stations, day)

    return exit_code(program)


if __name__ == "__main__":
    sys.exit(main())
