"""Text to tokens. One pass of one regular expression; each alternative is linear and always consumes."""

from __future__ import annotations

import re
from typing import cast

from batchspec.autoscale.syntax import Token, TokenKind

# The documentation shows `//` comments, text between double quotes and plain decimals. `/* */`, single quotes and
# exponents are taken, too: it says nothing against them.
_TOKEN = re.compile(
    r"""
    (?P<skip>\s+|//[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/)
  | (?P<open_comment>/\*)
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>\$?[^\W\d]\w*)
  | (?P<text>"[^"\r\n]*"|'[^'\r\n]*')
  | (?P<open_text>["'][^\r\n]*)
  | (?P<mark>&&|\|\||[<>=!]=|[-+*/<>=!?:;,.()\[\]])
  | (?P<bad>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def scan(text: str) -> list[Token]:
    """All tokens of a text, the last of kind "end"; what is no token is of kind "bad"."""
    tokens = []
    for match in _TOKEN.finditer(text):
        group = str(match.lastgroup)
        if group == "open_comment":
            tokens.append(Token("open-comment", "/*", match.start(), len(text)))
            break
        if group != "skip":
            kind = cast("TokenKind", group.replace("_", "-"))
            tokens.append(Token(kind, match.group(), match.start(), match.end()))
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens
