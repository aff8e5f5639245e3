"""The blank grid: centres of pointy-top hexagons that tile a box of longitude and latitude.

With r the circumradius in kilometres, a degree of latitude is 111.195 km, and a degree of longitude is
that times the cosine of the row's latitude:

    rows           1.5 r apart, the first on the south edge
    along a row    sqrt(3) r apart, the first on the west edge; odd rows begin half a step further east

A cell belongs to the grid when its centre lies in the closed box, so border hexagons reach a little over it.
Ids count from 0, row by row from the south, west to east. Centres are kept to 6 decimals (0.1 m).

    python3 -m hexgrid_constructor build [--check]       writes blank_HexGrid-126_24_-66.5_50r15.json
    python3 -m hexgrid_constructor split --shards 4      writes shard-0.json ... shard-3.json

A shard is a grid file with some of the cells, so whatever reads a grid reads a shard.
Only the standard library is needed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

KM_PER_DEGREE = 111.195
BOUNDS = (-126.0, 24.0, -66.5, 50.0)  # west, south, east, north
RADIUS_KM = 15.0
GRID_FILE = "blank_HexGrid{:g}_{:g}_{:g}_{:g}r{:g}.json".format(*BOUNDS, RADIUS_KM)


class HexgridError(Exception):
    """The input cannot be used; the message is one line that says which file and why."""


class Cell(NamedTuple):
    """A hexagon by its id and its centre in degrees."""

    id: int
    lon: float
    lat: float


@dataclass(frozen=True)
class Grid:
    """Cells of one circumradius (km), in the box (west, south, east, north), in degrees."""

    bounds: tuple[float, float, float, float]
    radius_km: float
    cells: tuple[Cell, ...]


def build(bounds: tuple[float, float, float, float] = BOUNDS, radius_km: float = RADIUS_KM) -> Grid:
    """Tile the box as the head of this file says."""
    return Grid(bounds, radius_km, tuple(Cell(id_, *c) for id_, c in enumerate(_centres(bounds, radius_km))))


def _centres(bounds: tuple[float, float, float, float], radius_km: float) -> Iterator[tuple[float, float]]:
    west, south, east, north = bounds
    for row in itertools.count():
        lat = south + row * 1.5 * radius_km / KM_PER_DEGREE
        if lat > north:
            return
        step = math.sqrt(3) * radius_km / km_per_degree_lon(lat)
        first = west + step / 2 * (row % 2)
        for column in range(math.floor((east - first) / step) + 1):
            yield round(first + column * step, 6), round(lat, 6)


def km_per_degree_lon(lat: float) -> float:
    """Kilometres in a degree of longitude at this latitude."""
    return KM_PER_DEGREE * math.cos(math.radians(lat))


def corners(cell: Cell, radius_km: float) -> list[tuple[float, float]]:
    """Return the six corners (lon, lat), counter-clockwise, the first to the north-east.

    All six use the cosine of the cell's own row, which makes the hexagon regular in kilometres and lets
    neighbours in a row share a whole edge. The next row has a slightly other step: its corners lie on the
    same latitudes, meet at the west edge, and drift apart slowly towards the east.
    """
    angles = [math.radians(degrees) for degrees in range(30, 390, 60)]
    km_lon = km_per_degree_lon(cell.lat)
    return [
        (cell.lon + radius_km * math.cos(a) / km_lon, cell.lat + radius_km * math.sin(a) / KM_PER_DEGREE)
        for a in angles
    ]


def split(grid: Grid, shards: int) -> list[Grid]:
    """Cut the cells, in order, into shards whose sizes differ by at most one."""
    total = len(grid.cells)
    if not 1 <= shards <= total:
        raise HexgridError(f"cannot split {total:,} cells into {shards:,} shards")
    cuts = [total * k // shards for k in range(shards + 1)]
    return [replace(grid, cells=grid.cells[a:b]) for a, b in itertools.pairwise(cuts)]


def grid_text(grid: Grid) -> str:
    """Return the grid file: one JSON object, one cell [id, lon, lat] per line."""
    head = json.dumps({"bounds": grid.bounds, "circumradius_km": grid.radius_km})
    return f'{head[:-1]}, "cells": {json_rows(grid.cells)}}}\n'


def json_rows(rows: Iterable[object]) -> str:
    """Return a JSON array with one element per line."""
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":"), allow_nan=False) for row in rows) + "\n]"


def read_grid(path: Path) -> Grid:
    """Read a grid or a shard; HexgridError when it is not one."""
    document = read_json(path)
    try:
        west, south, east, north = map(float, document["bounds"])
        radius_km = float(document["circumradius_km"])
        cells = tuple(Cell(int(id_), float(lon), float(lat)) for id_, lon, lat in document["cells"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise HexgridError(f"{path}: not a hexagon grid ({error!r})") from error
    if not cells or len({cell.id for cell in cells}) < len(cells):
        raise HexgridError(f"{path}: needs at least one cell, and no id twice")
    if not (radius_km > 0 and all(abs(cell.lon) <= 180 and abs(cell.lat) < 90 for cell in cells)):
        raise HexgridError(f"{path}: the radius must be positive, and each centre a place on Earth")
    return Grid((west, south, east, north), radius_km, cells)


def read_json(path: Path) -> Any:
    """Read a JSON file; HexgridError when it is missing or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise HexgridError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise HexgridError(f"{path}: not a JSON file ({error})") from error


def write(path: Path, text: str) -> None:
    """Write a text file and say so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {path}", flush=True)


def check(path: Path, text: str) -> None:
    """Say that the file holds exactly this text; HexgridError when it does not."""
    if not path.is_file() or path.read_bytes() != text.encode():
        raise HexgridError(f"{path}: is not what this script makes")
    print(f"{path} is up to date", flush=True)


def exit_code(program: Callable[[], None]) -> int:
    """Run a program: 0, or 1 after one line on stderr when its input or the disk failed it."""
    try:
        program()
    except (HexgridError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line shown at the head of this file."""
    parser = argparse.ArgumentParser(prog="hexgrid_constructor", description="Make or split the blank grid.")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="make the blank grid file")
    make.add_argument("--out", type=Path, default=Path(GRID_FILE), metavar="FILE")
    make.add_argument("--check", action="store_true", help="only compare the file with what would be made")
    cut = commands.add_parser("split", help="cut a grid into shard-0.json, shard-1.json, ...")
    cut.add_argument("--grid", type=Path, default=Path(GRID_FILE), metavar="FILE")
    cut.add_argument("--shards", type=int, required=True, metavar="N")
    cut.add_argument("--out", type=Path, default=Path(), metavar="DIR")
    options = parser.parse_args(argv)

    def program() -> None:
        if options.command == "build":
            (check if options.check else write)(options.out, grid_text(build()))
        else:
            for k, shard in enumerate(split(read_grid(options.grid), options.shards)):
                write(options.out / f"shard-{k}.json", grid_text(shard))

    return exit_code(program)


if __name__ == "__main__":
    sys.exit(main())
