"""The pages of the codes: what a finding is, why it matters, an example, and the same one mended.

A page is `BSnnn.md` beside this file:

    # BS203 unknown-dependency      and a sentence or two: what it is
    ## Why                          why it matters; limits with their source
    ## Example                      a block that has the finding
    ## Instead                      a block that has it no more
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

from batchspec.diag.codes import CODES

PARTS = ("Why", "Example", "Instead")


def page(code: str) -> str:
    """A code's page, as Markdown. Raises KeyError for a code that has none."""
    file = resources.files(__name__) / f"{code}.md"
    if code not in CODES or not file.is_file():
        raise KeyError(code)
    return file.read_text(encoding="utf-8")


def pages() -> dict[str, str]:
    """All pages that there are, by their codes."""
    names = sorted(file.name for file in resources.files(__name__).iterdir() if file.name.endswith(".md"))
    return {name.removesuffix(".md"): (resources.files(__name__) / name).read_text(encoding="utf-8") for name in names}


def parts(text: str) -> dict[str, str]:
    """The parts of a page by their headings; what stands before the first one is under "", with the title."""
    made: dict[str, list[str]] = {"": []}
    here = made[""]
    for line, is_code in lines(text):
        if line.startswith("## ") and not is_code:
            here = made.setdefault(line[3:], [])
        else:
            here.append(line)
    return {name: "\n".join(found).strip() for name, found in made.items()}


def lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines of a page, and of each whether it belongs to a block of code, its fences included."""
    inside = False
    for line in text.splitlines():
        fence = line.startswith("```")
        yield line, inside or fence
        inside ^= fence
