"""Tables: mappings with known keys, and the models that they are bound to.

A model is a class whose keys are its annotated attributes, each made with `key`; from these rows come the binder,
the JSON Schema and the keys' pages. Its instances are frozen. They are no dataclasses: the command starts often and
binds many tasks, and a dataclass costs too much at both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NoReturn, TypeVar

from batchspec.reading import Mapping, Node
from batchspec.spec.shape import JSON, Memory, Misfit, Pointer, Shape, joined

B = TypeVar("B", bound="Bound")
_REQUIRED = object()


@dataclass(frozen=True)
class Key:
    """A row of a table: one key, how it looks, and what its page says.

    field: what of the service it compiles to, as a path of SDK attributes; "" when it is ours alone.
    native: it is the service's own field, under the SDK's own name.
    api: the one API version that has it; "" when all that we speak have it.
    """

    shape: Shape
    doc: str
    example: Any
    default: Any
    field: str = ""
    native: bool = False
    api: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be there."""
        return self.default is _REQUIRED


def key(shape: Shape, doc: str, example: Any, default: Any = _REQUIRED, *, field: str = "") -> Any:
    """An attribute of a model; without a default the key is required."""
    return Key(shape, doc, example, default, field)


def native(shape: Shape, doc: str, example: Any, *, required: bool = False, api: str = "") -> Any:
    """An attribute that is a field of the service, with the SDK's name for it; None when it is not written."""
    return Key(shape, doc, example, _REQUIRED if required else None, native=True, api=api)


class Bound:
    """The base of every model: the mapping it came from, and that mapping's JSON pointer."""

    _place: Pointer

    rows: ClassVar[dict[str, Key]] = {}
    one_of: ClassVar[tuple[str, ...]] = ()  # exactly one of these keys stands there
    any_of: ClassVar[tuple[str, ...]] = ()  # at least one of these keys stands there
    sdk: ClassVar[str] = ""  # the SDK's model that it compiles to; "" when it is ours alone
    required: ClassVar[frozenset[str]] = frozenset()
    choice: ClassVar[frozenset[str]] = frozenset()  # those of one_of
    native: ClassVar[tuple[str, ...]] = ()  # the keys that are fields of the service, under the SDK's names

    def __init_subclass__(cls) -> None:
        own = {name: row for name, row in vars(cls).items() if isinstance(row, Key)}
        for name, row in own.items():
            # The class holds the defaults, an instance only what was written.
            delattr(cls, name) if row.required else setattr(cls, name, row.default)
        cls.rows = {**cls.rows, **own}
        cls.choice = frozenset(cls.one_of)
        cls.required = frozenset(name for name, row in cls.rows.items() if row.required)
        cls.native = tuple(name for name, row in cls.rows.items() if row.native)

    def __init__(self, node: Mapping, pointer: Pointer, given: dict[str, Any]) -> None:
        self.__dict__.update(given, node=node, _place=pointer)

    @classmethod
    def of(cls: type[B], attributes: dict[str, Any]) -> B:  # noqa: PYI019  Self is of Python 3.11
        """One with these attributes, `_place` among them and `node`, or `_template` and `_row` to make it from.

        The quickest way to make very many.
        """
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", attributes)
        return made

    @cached_property
    def node(self) -> Mapping:
        """The mapping that it came from. What a matrix makes has none until it is asked for: most never is."""
        found = self.__dict__["_template"].below(self.__dict__["_row"], self.pointer)
        assert isinstance(found, Mapping)
        return found

    @property
    def pointer(self) -> str:
        """The mapping's JSON pointer."""
        place = self._place
        if not isinstance(place, str):
            place = self.__dict__["_place"] = joined(place)
        return place

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.rows if name in self.__dict__)
        return f"{type(self).__name__}({given})"

    def at(self, *path: str) -> Node:
        """The node of a key, the deepest one there is along the path."""
        node: Node = self.node
        for step in path:
            inner = node.get(step) if isinstance(node, Mapping) else None
            if inner is None:
                break
            node = inner
        return node

    def has(self, name: str) -> bool:
        """Whether the key was written."""
        return name in self.node.values


@dataclass(frozen=True)
class Table:
    """A mapping with the keys of a model."""

    model: type[Bound]
    kinds: ClassVar[frozenset[str]] = frozenset({"object"})

    def schema(self) -> JSON:
        return {"$ref": f"#/$defs/{self.model.__name__}"}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> Any:
        model = self.model
        known = bound.get((id(node), model))
        if known is not None:
            return known
        if not isinstance(node, Mapping):
            raise Misfit(node)
        given: dict[str, Any] = {"node": node, "_place": pointer}
        rows = model.rows
        for name, value in node.values.items():
            row = rows.get(name)
            if row is None:
                raise Misfit(node)
            given[name] = row.shape.bind(value, (pointer, name), bound)
        if model.one_of and len(model.choice.intersection(given)) != 1:
            raise Misfit(node)
        if model.any_of and not any(name in given for name in model.any_of):
            raise Misfit(node)
        if model.required and not model.required <= given.keys():
            raise Misfit(node)
        made = bound[id(node), model] = model.of(given)
        return made
