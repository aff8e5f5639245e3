"""The evaluation itself: visits statements in their order and keeps the variables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from random import Random

from batchspec.autoscale import compute
from batchspec.autoscale.functions import FUNCTIONS, METHODS, Function, select
from batchspec.autoscale.metrics import History, history
from batchspec.autoscale.moments import Moment, Span, moment, read_moment
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
from batchspec.autoscale.values import Fault, Metric, Value, as_type, number, type_of, vector
from batchspec.autoscale.variables import (
    DEALLOCATION,
    DEDICATED,
    INTERVALS,
    LOW_PRIORITY,
    MEMBERS,
    OPTIONS,
    VARIABLES,
    canonical,
)
from batchspec.autoscale.walk import Visit
from batchspec.autoscale.world import World

MAX_STEPS = 1_000_000  # nodes visited and elements of vectors made


class Stopped(Exception):
    """The formula called stop()."""


class Machine:
    def __init__(self, world: World, random: Random) -> None:
        self.own: dict[str, Value] = {}
        self.at: Node | Token | None = None  # what was worked on last
        self.steps = 0
        self._world = world
        self._random = random
        self._assigned: dict[str, Value] = {}
        self._histories: dict[str, History] = {}

    @property
    def place(self) -> tuple[int, int]:
        return (self.at.start, self.at.end) if self.at else (0, 0)

    def target(self, name: str) -> Value:
        """What a formula assigned to a variable of the service: to its full name before its older one; or None."""
        names = [name, *(one.name for one in VARIABLES.values() if one.alias_of == name)]
        return next((self._assigned[one] for one in names if one in self._assigned), None)

    def visit(self, node: Node) -> Visit[Value]:
        value: Value
        match node:
            case Number():
                value = node.value
            case Text():
                value = node.value
            case Name():
                value = self._name(node)
            case Vector():
                value = yield from self._vector(node)
            case Unary():
                value = self._unary(node, (yield node.operand))
            case Chain():
                value = yield from self._chain(node)
            case Choice():
                value = yield from self._choice(node)
            case Call():
                value = yield from self._call(node)
            case Member():
                value = yield from self._member(node)
            case Assign():
                value = yield node.value
                self._assign(node, value)
        self._charge(node, value)
        return value

    def _charge(self, node: Node, value: Value) -> None:
        self.steps += 1 + (len(value) if isinstance(value, tuple) else 0)
        if self.steps > MAX_STEPS:
            self.at = node
            raise Fault("too-large", "the evaluation takes too many steps")

    def _name(self, node: Name) -> Value:
        self.at = node
        name = node.name
        if name in self.own:
            return self.own[name]
        if name in INTERVALS:
            return Span(INTERVALS[name])
        if name in OPTIONS:
            return name
        variable = VARIABLES.get(name)
        if variable is None:
            raise Fault("unknown-name", f'unknown variable "{name[:64]}"')
        return self._target_now(name) if variable.writable else self._metric(canonical(name), variable.type)

    def _target_now(self, name: str) -> Value:
        world, full = self._world, canonical(name)
        before: dict[str, Value] = {
            DEDICATED: float(world.target_dedicated),
            LOW_PRIORITY: float(world.target_low_priority),
            DEALLOCATION: world.deallocation,
        }
        return self._assigned.get(name, self._assigned.get(full, before[full]))

    def _metric(self, name: str, kind: Type) -> Metric:
        count = float(self._world.count(name)) if kind is Type.COUNT else None
        if name not in self._histories:
            self._histories[name] = history(self._world, name, count)
        return Metric(name, count, self._histories[name].last)

    def _vector(self, node: Vector) -> Visit[Value]:
        numbers = []
        for item in node.items:
            value = yield item
            self.at = item
            numbers.append(number(value))
        return tuple(numbers)

    def _unary(self, node: Unary, value: Value) -> Value:
        for sign in reversed(node.operators):
            self.at = sign
            found = resolve_unary(sign.text, type_of(value))
            if found is None:
                raise Fault("type", f'"{sign.text}" does not go before {type_of(value).value}')
            value = compute.unary(sign.text, as_type(value, found[0]))
        return value

    def _chain(self, node: Chain) -> Visit[Value]:
        left = yield node.first
        for sign, operand in node.rest:
            if sign.text in _DECIDED and bool(self._condition(left, node.first)) is _DECIDED[sign.text]:
                left = float(_DECIDED[sign.text])
                continue
            right = yield operand
            self.at = sign
            left = self._binary(left, sign.text, right)
            self._charge(node, left)
        return left

    def _binary(self, left: Value, sign: str, right: Value) -> Value:
        fit = resolve(sign, type_of(left), type_of(right))
        if fit is None:
            raise Fault("type", f'"{sign}" does not go between {type_of(left).value} and {type_of(right).value}')
        left, right = as_type(left, fit.left), as_type(right, fit.right)
        return float(bool(right)) if sign in _DECIDED else compute.binary(sign, left, right)

    def _condition(self, value: Value, node: Node) -> float:
        self.at = node
        return number(value)

    def _choice(self, node: Choice) -> Visit[Value]:
        for condition, value in node.arms:
            if self._condition((yield condition), condition):
                return (yield value)
        return (yield node.otherwise)

    def _call(self, node: Call) -> Visit[Value]:
        arguments = []
        for argument in node.arguments:
            arguments.append((yield argument))  # noqa: PERF401  # a comprehension cannot yield
        self.at = node
        function = FUNCTIONS.get(node.function.text)
        if function is None:
            raise Fault("unknown-name", f'unknown function "{node.function.text[:64]}"')
        fitted, listed = self._fitted(function, arguments)
        if not listed:
            return self._plain(function.name, fitted)
        numbers = tuple(chain.from_iterable(map(vector, fitted)))
        self._charge(node, numbers)
        return self._over(function.name, numbers)

    def _over(self, name: str, numbers: tuple[float, ...]) -> Value:
        if name == "vec":
            return numbers
        if name in compute.BY_ELEMENT:
            return tuple(map(compute.BY_ELEMENT[name], numbers))
        return compute.over_list(name, numbers)

    def _plain(self, name: str, arguments: Sequence[Value]) -> Value:
        match name, arguments:
            case "time", [str() as text] if text:
                return _moment(text)
            case "time", _:
                return moment(self._world.now)
            case "rand", _:
                return self._random.random()
            case "stop", _:
                raise Stopped
            case "percentile", [tuple() as numbers, float() as percent]:
                return compute.percentile(numbers, percent)
            case "val", [tuple() as numbers, float() as place]:
                return compute.element(numbers, place)
            case _:
                return compute.BY_ELEMENT[name](number(arguments[0]))

    def _fitted(self, function: Function, arguments: Sequence[Value]) -> tuple[list[Value], bool]:
        """The arguments as the types that the function takes, and whether it takes them as one list."""
        types = [type_of(argument) for argument in arguments]
        match_ = select(function, types)
        if match_ is None:
            given = ", ".join(one.value for one in types) or "no arguments"
            raise Fault("type", f'"{function.name}" does not take {given}')
        if match_.signature.listed:
            return list(arguments), True
        return [as_type(one, wanted) for one, wanted in zip(arguments, match_.signature.takes, strict=True)], False

    def _member(self, node: Member) -> Visit[Value]:
        of = yield node.of
        arguments = []
        for argument in node.arguments or ():
            arguments.append((yield argument))  # noqa: PERF401
        self.at = node.member
        name = node.member.text
        if isinstance(of, Metric) and name in METHODS and node.arguments is not None:
            self._charge(node, self._histories[of.name].values)
            return self._histories[of.name].call(name, self._fitted(METHODS[name], arguments)[0])
        if isinstance(of, Moment) and name in MEMBERS and node.arguments is None:
            return float(of.when.isoweekday() if name == "weekday" else getattr(of.when, name))
        raise Fault("type", f'{type_of(of).value} has no "{name[:64]}"')

    def _assign(self, node: Assign, value: Value) -> None:
        self.at = node
        name = node.target.text
        variable = VARIABLES.get(name)
        if variable is None:
            if value is None:
                raise Fault("type", f'"{name[:64]}" is assigned no value')
            self.own[name] = value
        elif not variable.writable:
            raise Fault("type", f'"{name}" cannot be assigned')
        elif fits(type_of(value), variable.type) is None:
            raise Fault("type", f'"{name}" takes {variable.type.value}, not {type_of(value).value}')
        else:
            self._assigned[name] = as_type(value, variable.type)


_DECIDED = {"&&": False, "||": True}  # what a left side alone decides, and then the right one is not asked


def _moment(text: str) -> Moment:
    found = read_moment(text)
    if found is None:
        raise Fault("value", f'"{text[:64]}" is no time in the formats W3C-DTF or RFC 1123')
    return found
