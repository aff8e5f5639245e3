"""Texts that are hard on a YAML reader: nesting, anchors, quotes, signs, and bytes that are no text."""

from __future__ import annotations

from tests.fuzz.hostile.case import HEAD, MB, Case, fill, task, text

_ANCHORED = "".join(f"a{at}: &a{at} [{', '.join(f'*a{at - 1}' for _ in range(9)) if at else 'x'}]\n" for at in range(9))
_PIECES = {
    "open brackets": "[", "open braces": "{a: ", "open braces without keys": "{", "dashes": "- ", "dashes on lines": "-\n", "anchors": "&a ",
    "questions": "? ", "questions on lines": "?\n", "colons": ": ", "single quotes": "'", "double quotes": '"', "hashes": "#",
    "comments": "# x\n", "line ends": "\n", "carriage returns": "\r", "windows line ends": "\r\n", "spaces": " ", "tabs": "\t",
    "exclamation marks": "! ", "tags": "!!str ", "commas": ",", "pipes": "|\n", "percents": "%A\n", "document starts": "---\n",
    "document ends": "...\n", "stars": "*a ", "backslashes": "\\", "NUL": "\x00", "escape characters": "\x1b[2J",
    "byte order marks": "\ufeff", "line separators": "\u2028", "next lines": "\x85", "keys": "a: b\n", "empty lists in a list": "- []\n",
    "pairs": "- - a: b\n    c\n", "wrapped words": "a: b\n  c\n", "quotes over lines": "a: 'b\n  c'\n", "open quotes": "- 'a\n",
    "open quotes that end with one": "- 'a\n  b''\n", "blocks": "- |\n x\n", "numbers": "- 1\n", "merges": "<<: {a: b}\n", "surrogates": "\ud83d",
    "bad escapes": '- "\\ud83d"\n', "documents": "--- a\n", "ignores": "# batchspec: ignore[BS406]\n", "bad ignores": "# batchspec: ignore[XY]\n",
    "ignores without a code": "# batchspec: ignore\n", "ignores of much": f"# batchspec: ignore[{'BS406,' * 100}]\n",
}  # fmt: skip


def _deep() -> str:
    return "".join(f"{' ' * at}a:\n" for at in range(1_400))


def _chain(count: int) -> str:
    return "a0: &a0 x\n" + "".join(f"a{at}: &a{at} [*a{at - 1}]\n" for at in range(1, count))


def _bomb(width: int, count: int) -> str:
    """Few enough nodes for the limit of the reader."""
    inner = f"x-a: &a [{', '.join(['x'] * width)}]\n"
    return HEAD + inner + "x-b: [" + ", ".join(["*a"] * count) + "]\n"


CASES: dict[str, Case] = {
    **{f"1 MB of {name}": text(fill(piece)) for name, piece in _PIECES.items()},
    **{f"a spec and 1 MB of {name}": text(HEAD + "x: " + fill(piece)) for name, piece in _PIECES.items()},
    "levels of indentation": text(_deep),
    "10,000 anchors": text(lambda: "".join(f"a{at}: &a{at} x\n" for at in range(10_000))),
    "60 aliases of aliases": text(lambda: _chain(60)),
    "10,000 aliases of aliases": text(lambda: _chain(10_000)),
    "a billion laughs": text(_ANCHORED),
    "aliases to 1,000,000 nodes": text(lambda: _bomb(1_000, 1_000)),
    "aliases to 4,900,000 nodes": text(lambda: _bomb(2_000, 2_440)),
    "aliases to 4,900,000 nodes in a task": text(
        lambda: task("resource_files: [" + ", ".join(["*a"] * 2_440) + "]", f"x: &a [{', '.join(['x'] * 2_000)}]\n")
    ),
    "aliases to 1,000,000 words in a command": text(
        lambda: task("command: [" + ", ".join(["*a"] * 1_000) + "]", f"x: &a [{', '.join(['x'] * 1_000)}]\n")
    ),
    "aliases to 100,000 times a long text": text(
        lambda: f"x: &a {'y' * 100_000}\nz: [{', '.join(['*a'] * 100_000)}]\n"
    ),
    "aliases to 20,000 tasks with expressions": text(
        lambda: HEAD + "tasks:\n  - &t {id: 'a-${{ 1 + 1 }}', run: 'x ${{ 2 * 3 }}', environment: {A: '${{ 4 ~ 5 }}'}}\n"
        + "  - *t\n" * 20_000
    ),
    "a key of 1 MB": text("a" * MB + ": b\n"),
    "a key of 1 MB in a spec": text(HEAD + "a" * MB + ": b\n"),
    "a key of 1 MB in quotes": text('"' + "a b " * (MB // 4) + '": b\n'),
    "a key of 1 MB behind a question": text("? " + "a" * MB + "\n: b\n"),
    "a text of 1 MB": text(HEAD + "x: " + "a" * MB + "\n"),
    "an id of 1 MB": text(task(f"name: {'a' * MB}")),
    "a number of 1 MB": text(HEAD + f"x: {'9' * MB}\n"),
    "a float of 1 MB": text(HEAD + f"x: 0.{'9' * MB}\n"),
    "an anchor of 1 MB": text(HEAD + f"x: &{'a' * MB} b\n"),
    "a tag of 1 MB": text(HEAD + f"x: !{'a' * MB} b\n"),
    "a block with 200,000 lines": text(HEAD + "x: |\n" + "  abc\n" * 200_000),
    "300 lines that each might end a quote": text(HEAD + "".join(f"a{at}: 'b\n" + "  c'' '\n" * 99 for at in range(90))),
    "UTF-16": text(("\ufeff" + HEAD).encode("utf-16-le")),
    "1 MB of UTF-16": text(("\ufeff" + fill("- a\n", MB // 2)).encode("utf-16-be")),
    "1 MB of bytes that are not UTF-8": text(b"\xff" * MB),
    "1 MB of zeros": text(bytes(MB)),
    "1 MB of half characters": text(b"\xc3" * MB),
    "windows line ends": text((HEAD + "x: [a,\n b]\n").replace("\n", "\r\n") * 5),
    "10,000 keys that stand twice": text("a: b\n" * 10_000),
    "100,000 keys that stand twice": text("a: b\n" * 100_000),
    "100,000 keys that are no texts": text("1: b\n" * 100_000),
    "100,000 tags": text("- !x a\n" * 100_000),
    "100,000 NUL in quotes": text('- "\\0"\n' * 100_000),
    "10,000 undefined aliases": text("- *a\n" * 10_000),
    "10,000 specs in a file": text(("---\n" + HEAD) * 10_000),
    "20,000 documents that are none": text("--- x\n" * 20_000),
}  # fmt: skip
