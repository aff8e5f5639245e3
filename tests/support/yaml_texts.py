"""Texts that are YAML, or nearly: dumped values, lines put together by chance, and real files with a few edits."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.support import strategies

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("specs/**/*.yaml"), *ROOT.glob("tests/cases/*/*.yaml")])

KEYS = [
    "a", "b", "key", "a.b-c/d_e", '"q k"', "'q'", "1", "null", "true", "-k", "é", "a b", "<<", '""', '"a: b"', "?x",
    "...", "'a", "x" * 201, '"' + "x" * 1030 + '"',
]  # fmt: skip
WORDS = [
    "x", "on", "08", "2020-01-01", "0o17", "1_000", ".inf", "null", "~", "1e3", "-1", "--index", "-", "--", "---",
    "...", "a b", "a  b", "it's", 'say "hi"', "a#b", "a #b", "a: b", "a:b", "a:", ":a", "https://x/y?z=1&w", "C:\\x",
    "$X", "(a)", "a, b", "[", "]", "{", "}", "[a", "a]", "%x", "@x", "`x", "!t x", "&a x", "*a", "|", ">", "?", "? x",
    "- x", "=", "<<",
    "'it''s'", "'a, b'", "'a: b'", "'a' b", "''", "'", "'a", "b'", "'a''", '"a\\nb"',
    '"\\u00e9\\x41"',
    '"\\ud83d"', '"\\0"', '"\\q"', '"\\"', '"a, \\"b\\""', '""', '"a" # c', '"a', 'b"', '"a \\', '"a\\ ', "\\  b",
    "x # c", "x#", "x  ", "é", "\u2028", "\x85", "\xa0", "\ufeff", "x\ty", "\x7f", "\U0001f600",
]  # fmt: skip
FLOWS = [
    "[]", "{}", "[ ]", "[a,b]", "[a, ]", "[,]", "{a}", "{a: }", "{a:1}", '{"a":1}', "[a: b]", "[[a], {b: [c]}]",
    "[a] # c", "[a] b", "[a", "{a: 1, a: 2}", "{1: a}", "[a # c]", "[?x]", "[x?]", "[a:]", "['a'b]", "[-]", "[- a]",
]  # fmt: skip
HEADERS = ["|", ">", "|-", ">-", "|+", ">+", "|2", "| # c", "|#", "|-+"]
ENDS = ["\n", "\n", "\n", "\n", "\r\n", "", "\r", " \n", "\n\n", "\n   \n", " # c\n", "\t\n"]
ODD = [
    "---\n", "--- \n", "--- # c\n", "--- a\n", "...\n", "%YAML 1.2\n", "# c\n", "   # c\n", "\t# c\n", "\ufeff", "---",
    "? a\n", ": b\n",
]  # fmt: skip

words = st.sampled_from(WORDS)
bracketed = st.recursive(
    words | st.sampled_from(FLOWS),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(KEYS), inner), max_size=3).map(
            lambda pairs: f"{{{', '.join(f'{key}: {value}' for key, value in pairs)}}}"
        )
    ),
    max_leaves=6,
)
pieces = st.sampled_from(
    ["a", "bc", "--index", "it's", '"q"', "x:", "# c", "#c", "é", "\\", "-", "", "\n", "a: b", "'", "\t", "1"]
)
calm = st.sampled_from(["a", "bc", "--index", "it's", 'x"y', "é", "x:y", "c#", "-", "1", "null", "[", "a,", "'"])
long_texts = st.lists(pieces, min_size=1, max_size=14).map(" ".join) | st.lists(calm, max_size=14).map(" ".join)
names = st.sampled_from(["a", "b", "key", "x-y"])
rests = st.just("") | words | bracketed | st.sampled_from(HEADERS)

bits = rests | st.sampled_from([*ENDS, *ODD, " ", "  ", ": ", "- ", ", ", "#", "'", '"'])
values: st.SearchStrategy[Any] = (
    strategies.values | long_texts | st.lists(long_texts) | st.dictionaries(names, long_texts)
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line of block style, more often good than not."""
    if draw(st.integers(0, 12)) == 0:
        return draw(st.sampled_from(ODD))
    if draw(st.integers(0, 6)) == 0:  # more of a scalar
        return " " * draw(st.integers(0, 6)) + draw(words) + draw(st.sampled_from(ENDS))
    indent = " " * draw(st.sampled_from([0, 0, 0, 2, 2, 2, 4, 4, 1, 3, 6]))
    dashes = draw(st.sampled_from(["", "", "", "- ", "- ", "- - ", "-   ", "-\t"]))
    key = draw(st.sampled_from([*[""] * 5, *KEYS[:6] * 2, *KEYS]))
    colon = draw(st.sampled_from([": ", ": ", ": ", ": ", ":", ":   ", " : ", ":\t"])) if key else ""
    return indent + dashes + key + colon + draw(rests) + draw(st.sampled_from(ENDS))


@cache
def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


@st.composite
def edited(draw: st.DrawFn) -> str:
    """A real file in which a few places were changed."""
    text = _read(draw(st.sampled_from(FILES)))
    rows = text.splitlines(keepends=True) or [""]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(rows) - 1))
        row = rows[at]
        cut = draw(st.integers(0, len(row)))
        piece = draw(bits)
        rows[at] = draw(
            st.sampled_from(
                [row[:cut] + piece + row[cut:], row[:cut] + row[cut + 1 :], row + row, "", f" {row}", piece, row[2:]]
            )
        )
    return "".join(rows)


class _Plain(yaml.Dumper):
    """Without anchors and aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the base class's signature
        return True


@st.composite
def dumped(draw: st.DrawFn) -> str:
    """Values as PyYAML writes them, in one style or another."""
    value = draw(values)
    return str(
        yaml.dump(
            draw(st.sampled_from([value, {"a": value, "b": [value]}, [value, {"c": value}]])),
            Dumper=draw(st.sampled_from([_Plain, _Plain, yaml.Dumper])),
            default_style=draw(st.sampled_from([None, None, "'", '"', "|", ">"])),
            default_flow_style=draw(st.sampled_from([None, False, True])),
            indent=draw(st.sampled_from([2, 4])),
            width=draw(st.sampled_from([20, 80, 10_000])),
            allow_unicode=draw(st.booleans()),
            explicit_start=draw(st.booleans()),
            line_break=draw(st.sampled_from(["\n", "\r\n"])),
            sort_keys=False,
        )
    )


texts = st.lists(lines(), max_size=8).map("".join) | edited() | dumped()
