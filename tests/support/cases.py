"""Case files: specs that say on each line what has to be found there.

depends_on: [splt]   #! BS203@22          this code on this line, at this column
id: hello            #! BS201, BS105      two codes, at any column
#! -p date=2020, BS208@nowhere            a parameter that is given; a finding without a place
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from batchspec.diag import Diagnostic

ROOT = Path(__file__).parents[1] / "cases"
# Advice on money, which a small spec does not take: it is looked at only in the folders that are about it.
ADVICE = ("BS330", "BS331", "BS332")
_MARKER = re.compile(r"#! (.*)$")
_ITEM = re.compile(r"-p (?P<name>\w+)=(?P<value>.*)|(?P<code>BS\d{3})(?:@(?P<column>\d+|nowhere))?")

Found = tuple[int, str, int | None]  # line (0 for nowhere), code, column (None for any)


@dataclass(frozen=True)
class Case:
    """A spec file and what has to be found in it: nothing else, and all of it."""

    path: Path
    expected: tuple[Found, ...]
    parameters: dict[str, str]

    def seen(self, diagnostics: Sequence[Diagnostic]) -> tuple[Found, ...]:
        """What was found, with columns only where the case names them."""
        free = {(line, code) for line, code, column in self.expected if column is None}
        made: list[Found] = []
        is_about_it = self.path.parent.name.startswith(ADVICE)
        for one in diagnostics:
            if one.code in ADVICE and not is_about_it:
                continue
            line, column = (one.span.start.line, one.span.start.column) if one.span else (0, 0)
            made.append((line, one.code, None if (line, one.code) in free else column))
        return tuple(sorted(made, key=str))


def read(path: Path) -> Case:
    """A case file's expectations."""
    expected: list[Found] = []
    parameters: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").split("\n"), 1):
        marker = _MARKER.search(line)
        for text in marker[1].split(", ") if marker else ():
            item = _ITEM.fullmatch(text)
            assert item, f"{path}:{number}: {text!r} is no expectation"
            if item["name"]:
                parameters[item["name"]] = item["value"]
            elif item["column"] == "nowhere":
                expected.append((0, item["code"], 0))
            else:
                expected.append((number, item["code"], int(item["column"]) if item["column"] else None))
    return Case(path, tuple(sorted(expected, key=str)), parameters)


def discover() -> list[Case]:
    """Every case file there is."""
    return [read(path) for path in sorted(ROOT.glob("*/*.yaml"))]
