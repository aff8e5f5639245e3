"""CODES.md, made from the registry and the pages.

python -m batchspec.diag.pages [--check] PATH   write the file, or say whether it is what the pages say
"""

from __future__ import annotations

import sys
from pathlib import Path

from batchspec.diag.codes import CODES
from batchspec.diag.pages import lines, pages

_HEAD = """\
# Codes

Every finding has a code, which never changes its meaning. `batchspec explain BS203` prints its page; `batchspec rules`
lists them all. Made by `python -m batchspec.diag.pages CODES.md` from the registry and its pages.

Warnings and notes can be ignored by a comment at the end of a line, or on a line of its own above it:
`# batchspec: ignore[BS406]`. `# batchspec: ignore-file[BS406]` at the top is for the whole file. Errors cannot be
ignored.

| code | name | severity | what it is |
| --- | --- | --- | --- |
"""


def text() -> str:
    """The file's text."""
    rows = "".join(
        f"| [{row.code}](#{row.code.lower()}) | {row.name} | {_severity(row.severity, row.status)} | {row.summary} |\n"
        for row in CODES.values()
    )
    return _HEAD + rows + "".join(_section(code, page) for code, page in pages().items())


def _severity(severity: str, status: str) -> str:
    return severity if status == "stable" else f"{severity}, {status}"


def _section(code: str, page: str) -> str:
    """A page one level lower, under an anchor that stays when the name of the code is mended."""
    deeper = (f"#{line}" if line.startswith("#") and not is_code else line for line, is_code in lines(page))
    return f'\n<a id="{code.lower()}"></a>\n\n' + "\n".join(deeper).strip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or check it."""
    path = Path(arguments[-1])
    if "--check" not in arguments:
        path.write_text(text(), encoding="utf-8")
        return 0
    fresh = path.is_file() and path.read_text(encoding="utf-8") == text()
    if not fresh:
        sys.stderr.write(f"{path} is not what the pages say; run: python -m batchspec.diag.pages {path}\n")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
