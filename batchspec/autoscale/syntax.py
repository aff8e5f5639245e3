"""The tokens and the tree of an autoscale formula; every node knows its offsets.

    formula     statement (";" statement)* ";"?
    expression  name "=" expression | choice
    choice      binary ("?" expression ":" choice)?
    binary      || && == != < <= >= > + - * /, loosest first, all from left to right
    operand     ("-" | "!" | "+")* primary ("." name arguments?)*
    primary     number | text | name arguments? | "(" expression ")" | "[" expressions "]"

Runs of one precedence, of unary operators and of choices are flat nodes, so a tree is as deep as its parentheses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

TokenKind = Literal["number", "text", "name", "mark", "bad", "open-text", "open-comment", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    kind: TokenKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, an interval such as `TimeInterval_Minute`, or a bare word such as `requeue`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Vector:
    items: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unary:
    """Operators before one operand, the outermost first."""

    operators: tuple[Token, ...]
    operand: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """`first op operand op operand ...`, all of one precedence, worked from left to right."""

    first: Node
    rest: tuple[tuple[Token, Node], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? value : condition ? value : otherwise`."""

    arms: tuple[tuple[Node, Node], ...]
    otherwise: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    function: Token
    arguments: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Member:
    """`object.name`, or `object.name(arguments)`: arguments is None without parentheses."""

    of: Node
    member: Token
    arguments: tuple[Node, ...] | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Assign:
    target: Token
    value: Node
    start: int
    end: int


Node: TypeAlias = Number | Text | Name | Vector | Unary | Chain | Choice | Call | Member | Assign
