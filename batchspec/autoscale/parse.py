"""Tokens to a tree, by recursive descent that is bounded in size and in depth and linear in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batchspec.autoscale.cursor import Cursor, Unreadable, unreadable
from batchspec.autoscale.problems import Problem
from batchspec.autoscale.scan import scan
from batchspec.autoscale.syntax import (
    Assign,
    Call,
    Chain,
    Choice,
    Member,
    Name,
    Node,
    Number,
    Text,
    Token,
    Unary,
    Vector,
)

# "The formula string cannot exceed 8 KB, can include up to 100 statements":
# https://learn.microsoft.com/azure/batch/batch-automatic-scaling#autoscale-formulas
MAX_BYTES = 8 * 1024
MAX_STATEMENTS = 100
MAX_DEPTH = 40  # parentheses in parentheses: five frames each here, none in the checker or the evaluator
MAX_MEMBERS = 4  # a.b.c.d: nothing documented has more than one
MAX_PROBLEMS = 25
_MAX_READ = 64 * 1024  # what is longer is told to be too long and not read

_PRECEDENCE = (
    frozenset("*/"),
    frozenset("+-"),
    frozenset({"<", "<=", ">=", ">"}),
    frozenset({"==", "!="}),
    frozenset({"&&"}),
    frozenset({"||"}),
)
_BINARY: frozenset[str] = frozenset().union(*_PRECEDENCE)
_UNARY = frozenset("-!+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The statements that could be read, and what is wrong with the others. Never both empty text and a problem."""

    statements: tuple[Node, ...]
    problems: tuple[Problem, ...] = ()


def parse(text: str) -> Parsed:
    """The tree of any text. After a broken statement reading goes on behind its semicolon."""
    size = len(text.encode("utf-8", "surrogatepass"))
    long = [_too_long(text, size)] if size > MAX_BYTES else []
    if len(text) > _MAX_READ:
        return Parsed((), tuple(long))
    statements, problems = _Reader(scan(text)).formula()
    if len(statements) > MAX_STATEMENTS:
        problems = [*problems, _too_many(statements)]
    return Parsed(tuple(statements), tuple(long + problems))


def _too_long(text: str, size: int) -> Problem:
    message = f"the formula has {size} bytes, and the service takes {MAX_BYTES}"
    return Problem("syntax", message, min(MAX_BYTES, len(text) - 1), len(text), "shorten the formula or its comments")


def _too_many(statements: Sequence[Node]) -> Problem:
    message = f"the formula has {len(statements)} statements, and the service takes {MAX_STATEMENTS}"
    return Problem("syntax", message, statements[MAX_STATEMENTS].start, statements[-1].end, "join some statements")


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._cursor = Cursor(tokens)
        self._depth = 0

    def formula(self) -> tuple[list[Node], list[Problem]]:
        statements: list[Node] = []
        problems: list[Problem] = []
        while not self._cursor.ended and len(problems) < MAX_PROBLEMS:
            if self._cursor.take(";"):  # an empty statement: the documentation has none, and nothing against it
                continue
            try:
                statements.append(self._statement())
            except Unreadable as stopped:
                problems.append(stopped.problem)
                self._skip_statement()
        return statements, problems

    def _statement(self) -> Node:
        statement = self._expression()
        if not self._cursor.ended and not self._cursor.take(";"):
            raise self._cursor.unexpected('put a ";" between two statements')
        return statement

    def _skip_statement(self) -> None:
        self._depth = 0
        while not self._cursor.ended and not self._cursor.take(";"):
            self._cursor.next()

    # An assignment may stand wherever an expression may: "double ? statement1 : statement2" is the documented choice.
    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message, hint = "the formula is nested too deeply to be checked", "use a variable"
            raise unreadable(self._cursor.now, message, hint, certain=False)
        if self._cursor.assigns:
            target = self._cursor.next()
            self._cursor.next()
            value = self._expression()
            node: Node = Assign(target, value, target.start, value.end)
        else:
            node = self._choice()
        self._depth -= 1
        return node

    def _choice(self) -> Node:
        arms = []
        last = self._binary()
        while self._cursor.take("?"):
            value = self._expression()
            self._cursor.expect(":", 'a choice is written "condition ? value : other"')
            arms.append((last, value))
            last = self._expression() if self._cursor.assigns else self._binary()
        return Choice(tuple(arms), last, arms[0][0].start, last.end) if arms else last

    def _binary(self) -> Node:
        operands, operators = [self._operand()], []
        while self._cursor.now.kind == "mark" and self._cursor.now.text in _BINARY:
            operators.append(self._cursor.next())
            operands.append(self._operand())
        for level in _PRECEDENCE:
            if not operators:
                break
            operands, operators = _folded(operands, operators, level)
        return operands[0]

    def _operand(self) -> Node:
        operators = []
        while self._cursor.now.kind == "mark" and self._cursor.now.text in _UNARY:
            operators.append(self._cursor.next())
        operand = self._members(self._primary())
        return Unary(tuple(operators), operand, operators[0].start, operand.end) if operators else operand

    def _members(self, node: Node) -> Node:
        for _ in range(MAX_MEMBERS):
            if not self._cursor.take("."):
                return node
            if self._cursor.now.kind != "name":
                raise self._cursor.unexpected('a name follows "."')
            member = self._cursor.next()
            arguments = self._list(")") if self._cursor.take("(") else None
            node = Member(node, member, arguments, node.start, self._cursor.before.end)
        return node

    def _primary(self) -> Node:
        token = self._cursor.now
        if token.kind == "number":
            self._cursor.next()
            return Number(float(token.text), token.start, token.end)
        if token.kind == "text":
            self._cursor.next()
            return Text(token.text[1:-1], token.start, token.end)
        if token.kind == "name":
            return self._name()
        if self._cursor.take("("):
            inner = self._expression()
            self._cursor.expect(")", 'close what "(" opened')
            return inner
        if self._cursor.take("["):  # shown in the documentation's prose as the value of a vector
            return Vector(self._list("]"), token.start, self._cursor.before.end)
        raise self._cursor.unexpected("a value belongs here")

    def _name(self) -> Node:
        name = self._cursor.next()
        if self._cursor.take("("):
            return Call(name, self._list(")"), name.start, self._cursor.before.end)
        return Name(name.text, name.start, name.end)

    def _list(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self._cursor.take(closing):
            return ()
        while True:
            items.append(self._expression())
            if self._cursor.take(closing):
                return tuple(items)
            self._cursor.expect(",", f'separate with "," and close with "{closing}"')


def _folded(operands: list[Node], operators: list[Token], level: frozenset[str]) -> tuple[list[Node], list[Token]]:
    """Join the operands that the operators of one precedence stand between."""
    kept: list[Token] = []
    folded: list[Node] = []
    first, rest = operands[0], list[tuple[Token, Node]]()
    for operator, operand in zip(operators, operands[1:], strict=True):
        if operator.text in level:
            rest.append((operator, operand))
            continue
        folded.append(_chain(first, rest))
        kept.append(operator)
        first, rest = operand, []
    return [*folded, _chain(first, rest)], kept


def _chain(first: Node, rest: list[tuple[Token, Node]]) -> Node:
    return Chain(first, tuple(rest), first.start, rest[-1][1].end) if rest else first
