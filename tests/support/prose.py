"""The README and the pages of docs/, taken apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def without_blocks(page: Path, language: str = "") -> str:
    """A page without its blocks of code, or without those of a language."""
    words = page.read_text(encoding="utf-8")
    return re.sub(rf"^```{language}.*?^```", "", words, flags=re.DOTALL | re.MULTILINE)


def section(page: str, title: str) -> str:
    """What stands below a heading."""
    return re.split(r"^##? ", page.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
