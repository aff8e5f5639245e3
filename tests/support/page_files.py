"""The files that a page of the documentation shows: each block of code begins with a comment that names its file."""

from __future__ import annotations

import re
from pathlib import Path

_BLOCK = re.compile(r"```(?:python|yaml)\n# (\S+/\S+|\w+\.py)\n(.*?)```", re.DOTALL)


def write_files(page: Path, folder: Path) -> list[Path]:
    """Write the files of a page; their paths."""
    made = []
    for name, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        made.append(path)
    return made
