"""The examples of the pages, run. A fragment's keys replace those of a small spec; a whole spec is taken as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from batchspec import api
from batchspec.diag import CODES, Diagnostic
from batchspec.diag.pages import lines, parts
from batchspec.spec.draft import Settings

BASE = {
    "batchspec": "batchspec: v1\n",
    "name": "name: demo\n",
    "pool": "pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}\n",
    "job": "job: {id: demo}\n",
    "tasks": "tasks: [{id: hello, command: /bin/true}]\n",
}
FILES = ("data.csv", "data/one.csv", "data/two.csv", "more/one.csv", "app/main.py", "app.py", "tool.sh")
AT_RUN_TIME = ("BS6", "BS7", "BS8")  # codes that no example can have without a service
_GIVEN = re.compile(r"^# batchspec .* -p (\w+)=(\S+)$", re.MULTILINE)
_KEY = re.compile(r"^([A-Za-z_]\w*):", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code: its language, and what stands in it."""

    language: str
    code: str

    @property
    def runs(self) -> bool:
        """Whether it is a spec; a console's are for the eye alone."""
        return self.language in ("yaml", "text")

    def spec(self) -> str:
        """The whole spec."""
        if self.language == "text" or self.code.startswith("batchspec:"):
            return self.code
        given = set(_KEY.findall(self.code))
        return "".join(text for key, text in BASE.items() if key not in given) + self.code


def blocks(text: str) -> list[Block]:
    """The blocks of a part, in order."""
    made: list[Block] = []
    inside = False
    for line, is_code in lines(text):
        if is_code and line.startswith("```"):
            inside = not inside
            made += [Block(line[3:], "")] if inside else []
        elif is_code:
            made[-1] = Block(made[-1].language, f"{made[-1].code}{line}\n")
    return made


def examples(text: str, part: str) -> list[Block]:
    """The blocks of a page's example, or of what to write instead."""
    return blocks(parts(text).get(part, ""))


def found(block: Block, folder: Path) -> tuple[Diagnostic, ...]:
    """What validate finds in it, in a folder with a few files; `# batchspec ... -p name=value` gives a parameter."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("1\n")
    (folder / "spec.yaml").write_text(block.spec(), encoding="utf-8")
    settings = Settings(dict(_GIVEN.findall(block.code)), offline=True)
    return api.validate([folder / "spec.yaml"], settings).diagnostics


def runs_now(code: str) -> bool:
    """Whether a code's examples can be run: it is found by validate."""
    return CODES[code].status != "retired" and not code.startswith(AT_RUN_TIME)
