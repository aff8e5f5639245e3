"""One pass over a formula that works out types and notes what does not fit.

A value may have several types (the branches of a choice may differ), so types are sets. An operation that fits none of
the combinations is a certain problem, one that fits some is not certain. The empty set is a value that a problem has
been told about already.
"""

from __future__ import annotations

from itertools import product
from typing import TypeAlias

from batchspec.autoscale.functions import FUNCTIONS, METHODS, Function, select, takes_count
from batchspec.autoscale.moments import read_moment
from batchspec.autoscale.notes import Notes
from batchspec.autoscale.problems import Problem
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
from batchspec.autoscale.types import Type, fits, resolve, resolve_unary
from batchspec.autoscale.variables import DEALLOCATION, INTERVALS, MEMBERS, OPTIONS, VARIABLES, canonical
from batchspec.autoscale.walk import Visit
from batchspec.autoscale.wording import told

Types: TypeAlias = frozenset[Type]

_NUMBER: Types = frozenset({Type.DOUBLE})
_TOLD: Types = frozenset()
_METRIC = (Type.SAMPLES, Type.COUNT)


class Typing:
    """Visits statements in their order; what it found is in its fields."""

    def __init__(self) -> None:
        self._notes = Notes()
        self.assigned: set[str] = set()  # full names of the service's variables
        self.written: list[str] = []  # the formula's own variables
        self._own: dict[str, Types] = {}
        self._branches = 0

    @property
    def problems(self) -> list[Problem]:
        return self._notes.problems

    def visit(self, node: Node) -> Visit[Types]:
        match node:
            case Number():
                return _NUMBER
            case Text():
                return frozenset({Type.STRING})
            case Name():
                return self._name(node)
            case Vector():
                yield from self._elements(node)
                return frozenset({Type.VECTOR})
            case Unary():
                return self._unary(node, (yield node.operand))
            case Chain():
                return (yield from self._chain(node))
            case Choice():
                return (yield from self._choice(node))
            case Call():
                return (yield from self._call(node))
            case Member():
                return (yield from self._member(node))
            case Assign():
                types = yield node.value
                self._assign(node, types)
                return types

    def _elements(self, node: Vector) -> Visit[Types]:
        for item in node.items:
            self._must_fit((yield item), Type.DOUBLE, item, "an element of a vector")
        return _TOLD

    def _name(self, node: Name) -> Types:
        name = node.name
        if name in self._own:
            return self._own[name]
        if variable := VARIABLES.get(name):
            if variable.retired:
                message = f'"{name}" has no samples any more: {variable.retired}'
                hint = 'use "$CPUPercent" or a count of tasks instead'
                self._notes.tell_once("retired", message, node, hint, name, certain=False)
            return frozenset({variable.type})
        if name in INTERVALS:
            return frozenset({Type.INTERVAL})
        if name in OPTIONS:
            return frozenset({Type.STRING})
        self._notes.unknown(node, name, "variable", [*self._own, *VARIABLES, *INTERVALS, *OPTIONS])
        return _TOLD

    def _unary(self, node: Unary, types: Types) -> Types:
        for operator in reversed(node.operators):
            found = [resolve_unary(operator.text, one) for one in types]
            if types and not any(found):
                self._notes.type(f'"{operator.text}" does not go before {told(types)}', operator, node.end)
                return _TOLD
            if not all(one and one[2] for one in found):
                self._notes.doubtful(f'"{operator.text}" before {told(types)} is not documented', operator, node.end)
            types = frozenset(one[1] for one in found if one)
        return types

    def _chain(self, node: Chain) -> Visit[Types]:
        left = yield node.first
        for operator, operand in node.rest:
            right = yield operand
            left = self._binary(node.start, left, operator, right, operand.end)
        return left

    def _binary(self, start: int, left: Types, operator: Token, right: Types, end: int) -> Types:
        fitted = [resolve(operator.text, one, other) for one, other in product(left, right)]
        what = f'"{operator.text}" between {told(left)} and {told(right)}'
        if fitted and not any(fitted):
            self._notes.type(f"{what} is not possible", start, end)
            return _TOLD
        if not all(fit and fit.documented for fit in fitted):
            self._notes.doubtful(f"{what} is not documented", start, end, _hint(left | right))
        return frozenset(fit.result for fit in fitted if fit)

    def _choice(self, node: Choice) -> Visit[Types]:
        types = _TOLD
        for condition, value in node.arms:
            self._must_fit((yield condition), Type.DOUBLE, condition, "a condition")
            self._branches += 1
            types |= yield value
        types |= yield node.otherwise
        self._branches -= len(node.arms)
        return types - {Type.NOTHING} or types  # stop() never comes back with a value

    def _call(self, node: Call) -> Visit[Types]:
        arguments = []
        for argument in node.arguments:
            arguments.append((yield argument))  # noqa: PERF401  # a comprehension cannot yield
        function = FUNCTIONS.get(node.function.text)
        if function is None:
            self._notes.unknown(node.function, node.function.text, "function", FUNCTIONS)
            return _TOLD
        if function.name == "time":
            self._moment(node)
        return self._applied(function, arguments, node.function.start, node.end)

    def _moment(self, node: Call) -> None:
        """A text that tells no moment. Not certain: how much of the two formats is read is not documented."""
        match node.arguments:
            case [Text() as text] if text.value and read_moment(text.value) is None:
                message = f'"{text.value[:40]}" is no time in the formats W3C-DTF or RFC 1123'
                self._notes.doubtful(message, text.start, text.end, 'write it like "2026-03-01T08:00:00Z"')

    def _member(self, node: Member) -> Visit[Types]:
        of = yield node.of
        arguments = []
        for argument in node.arguments or ():
            arguments.append((yield argument))  # noqa: PERF401
        name = node.member.text
        if not of:
            return _TOLD
        if name in METHODS and of & frozenset(_METRIC):
            return self._method(node, of, arguments)
        if name in MEMBERS and Type.TIMESTAMP in of:
            if node.arguments is not None:
                self._notes.type(f'"{name}" is a member, not a method', node.member, node.end, 'leave out the "()"')
            return _NUMBER
        known: list[str] = [*METHODS] if of & frozenset(_METRIC) else []
        known += MEMBERS if Type.TIMESTAMP in of else ()
        if known and name not in METHODS and name not in MEMBERS:
            self._notes.unknown(node.member, name, "member", known)
        else:
            self._notes.type(f'{told(of)} has no "{name}"', node.member, node.end)
        return _TOLD

    def _method(self, node: Member, of: Types, arguments: list[Types]) -> Types:
        name = node.member.text
        if node.arguments is None:
            self._notes.type(f'"{name}" is a method and must be called', node.member, node.end, f'write "{name}(...)"')
            return _TOLD
        if not of <= frozenset(_METRIC):
            self._notes.doubtful(f'not every value here has "{name}"', node.member, node.end)
        return self._applied(METHODS[name], arguments, node.member.start, node.end)

    def _applied(self, function: Function, arguments: list[Types], start: int, end: int) -> Types:
        if not takes_count(function, len(arguments)):
            count = f"{len(arguments)} argument{'' if len(arguments) == 1 else 's'}"
            self._notes.type(f'"{function.name}" does not take {count}', start, end, f"write {function.usage}")
            return frozenset(signature.gives for signature in function.signatures)
        if len(arguments) > _FEW:  # the combinations of many arguments are looked at one argument at a time
            matches = [select(function, [one]) for argument in arguments for one in argument]
        else:
            matches = [select(function, combination) for combination in product(*arguments)]
        given = ", ".join(map(told, arguments[:_FEW]))
        if matches and not any(matches):
            self._notes.type(f'"{function.name}" does not take {given}', start, end, f"write {function.usage}")
            return frozenset(signature.gives for signature in function.signatures)
        if not all(match and match.documented for match in matches):
            hint = _hint(frozenset().union(*arguments))
            self._notes.doubtful(f'"{function.name}" of {given} is not documented', start, end, hint)
        taken = {(match.signature.takes, match.signature.listed) for match in matches if match}
        return frozenset(one.gives for one in function.signatures if (one.takes, one.listed) in taken)

    def _assign(self, node: Assign, types: Types) -> None:
        name = node.target.text
        variable = VARIABLES.get(name)
        if variable and not variable.writable:
            hint = "use a name of your own"
            self._notes.tell("read-only", f'"{name}" cannot be assigned: the service sets it', node.target, hint)
        elif variable:
            self.assigned.add(canonical(name))
            self._must_fit(types, variable.type, node.value, f'"{name}"')
            self._option(node, name)
        else:
            self._own_variable(node, name, types)

    def _option(self, node: Assign, name: str) -> None:
        """Not certain: the page shows the options as bare words only, and nothing about text between quotes."""
        if name == DEALLOCATION and isinstance(node.value, Text) and node.value.value not in OPTIONS:
            hint = f"write one of {', '.join(OPTIONS)}"
            self._notes.doubtful(
                f'"{node.value.value[:40]}" is not an option of "{name}"', node.value, node.value.end, hint
            )

    def _own_variable(self, node: Assign, name: str, types: Types) -> None:
        if types == {Type.NOTHING}:
            self._notes.type(f'"{name}" is assigned something that gives no value', node, node.end)
            types = _TOLD
        if name in INTERVALS or name in OPTIONS:  # nothing says that these names are taken
            hint = "use a name of your own"
            self._notes.tell("read-only", f'"{name}" has a meaning of its own', node.target, hint, certain=False)
        if name not in self._own:
            self.written.append(name)
        before = self._own.get(name, _TOLD) if self._branches else _TOLD
        self._own[name] = types | before

    def _must_fit(self, types: Types, wanted: Type, node: Node, what: str) -> None:
        how = [fits(one, wanted) for one in types]
        if how and all(one is None for one in how):
            self._notes.type(f"{what} takes {wanted.value}, not {told(types)}", node, node.end)
        elif not all(how):
            self._notes.doubtful(
                f"{what} takes {wanted.value}; {told(types)} is not documented", node, node.end, _hint(types)
            )


_FEW = 3  # arguments whose combinations of types are tried


def _hint(types: Types) -> str | None:
    if Type.SAMPLES in types:
        return "read the metric with GetSample, such as avg($PendingTasks.GetSample(TimeInterval_Minute * 5))"
    if Type.VECTOR in types:
        return "make one number of the samples with avg, max, min or val"
    return None
