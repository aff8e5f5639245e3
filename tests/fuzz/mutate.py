"""Changes to an input that a fuzzer would be long to find: words of the language, YAML's signs, lines moved about."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache

from batchspec.autoscale import FUNCTIONS, METHODS, VARIABLES
from batchspec.spec.model import SpecKeys
from batchspec.spec.shape import Either, ListOf, MapOf, Shape
from batchspec.spec.table import Table

_YAML = (
    "- ", ": ", "? ", "[", "]", "{", "}", ", ", "&a ", "*a", "!!str ", "!x ", "|\n", ">-\n", "|2\n", "#", " #", "'", '"', "---\n",
    "...\n", "%YAML 1.1\n", "<<", "\n", "\r\n", "\r", "\t", "  ", "    ", "\x00", "\x1b[2J", "\u2028", "\u202e", "\ufeff", "\x85",
    '"\\ud83d"', '"\\x00"', '"\\n"', "null", "~", "true", ".nan", ".inf", "1e400", "0x1f", "08", "-1", "9" * 30, "2020-01-01",
    "PT1M", "1h", "99999999999d", "Ubuntu", "https://x/y?sig=z", "/etc/passwd", "../x", "**/*", "[!a]*", "link.yaml", "loop.yaml",
    "part.yaml", "data/*.csv", "data/a.csv", "zero.csv", "pipe.yaml", "in.txt", "# batchspec: ignore[BS406]",
    "# batchspec: ignore-file[BS4xx]",
)  # fmt: skip
_EXPRESSIONS = (
    "${{", "}}", "${{ params.n }}", "${{ matrix.i }}", "${{ env.TOKEN }}", "${{ env.NOPE | default(null) }}", "| default(null)",
    "| upper", "| replace('a', 'bb')", "| round(3)", "| int", "| float", "| length", "| abs", "| max", "| join", " ~ ", " ** ",
    " * ", " // ", " % ", " if ", " else ", " not in ", " is defined", "__class__", ".zfill(9)", ".format(1)", "[0]", "[::-1]",
    "'a' * 9", "range(9)", "{}", "()", "1e308", "loop", "self", "params", "matrix", "target.name", "spec.name",
)  # fmt: skip
_FORMULA = (
    "$TargetDedicatedNodes = ", "avg(", "time()", "TimeInterval_Minute", "GetSample(", "$NodeDeallocationOption = requeue;", "? 1 : 0",
    ";", "//", "/*", "&&", "||", "!", "<=", "== ", "-", "1.5e3",
)  # fmt: skip
_PATTERN = ("(a+)+$", "(?:", "(?P<n>", "[^a-z]", "\\d", "\\b", "{2,}", "{0,999}", "*?", "|", "^", "$", ".", "\\u00e9")
_JSON = (
    "null",
    '"value": [',
    '"commandLine": "x"',
    '"vmSize": "y"',
    '"poolInfo": {}',
    '"jobSpecification": {}',
    "1e999",
)


@cache
def tokens() -> tuple[str, ...]:
    """Everything that may be put into an input."""
    keys = tuple(dict.fromkeys(f"{name}: " for name in _keys(Table(SpecKeys), set())))
    named = tuple(f"{name}" for group in (FUNCTIONS, METHODS, VARIABLES) for name in group)
    return (*_YAML, *_EXPRESSIONS, *_FORMULA, *_PATTERN, *_JSON, *keys, *named)


def _keys(shape: Shape, seen: set[object]) -> Iterator[str]:
    if isinstance(shape, Table):
        if shape.model not in seen:
            seen.add(shape.model)
            for name, row in shape.model.rows.items():
                yield name
                yield from _keys(row.shape, seen)
    elif isinstance(shape, ListOf):
        yield from _keys(shape.item, seen)
    elif isinstance(shape, MapOf):
        yield from _keys(shape.value, seen)
    elif isinstance(shape, Either):
        for one in shape.shapes:
            yield from _keys(one, seen)


def mutate(data: bytes, seed: int, most: int) -> bytes:
    """The input with a few changes, the same for the same seed."""
    luck = random.Random(seed)
    for _ in range(luck.choice((1, 1, 1, 2, 3, 5))):
        data = luck.choice(_WAYS)(data, luck)
    return data[:most]


def _insert(data: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(data) + 1)
    return data[:at] + luck.choice(tokens()).encode("utf-8", errors="surrogatepass") + data[at:]


def _replace(data: bytes, luck: random.Random) -> bytes:
    """A token in place of a word."""
    at = luck.randrange(len(data) + 1)
    end = at
    while end < len(data) and data[end] > 0x20:
        end += 1
    return data[:at] + luck.choice(tokens()).encode("utf-8", errors="surrogatepass") + data[end:]


def _cut(data: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(data) + 1)
    return data[:at] + data[at + luck.choice((1, 1, 2, 8, 40)) :]


def _lines(data: bytes, luck: random.Random) -> bytes:
    """A line moved, doubled, indented, or taken away."""
    rows = data.split(b"\n")
    at, to = luck.randrange(len(rows)), luck.randrange(len(rows))
    way = luck.randrange(5)
    if way == 0:
        rows.insert(to, rows.pop(at))
    elif way == 1:
        rows.insert(to, rows[at])
    elif way == 2:
        rows[at] = b"  " + rows[at]
    elif way == 3:
        rows[at] = rows[at][2:]
    else:
        del rows[at]
    return b"\n".join(rows)


def _again(data: bytes, luck: random.Random) -> bytes:
    """A piece many times: what grows faster than its input shows up."""
    at = luck.randrange(len(data) + 1)
    piece = data[at : at + luck.choice((1, 2, 8, 30))]
    return data[:at] + piece * luck.choice((2, 10, 100, 500)) + data[at:]


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _insert,
    _insert,
    _insert,
    _replace,
    _replace,
    _cut,
    _lines,
    _lines,
    _again,
)
