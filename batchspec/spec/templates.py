"""The spec's tasks as templates: with what the job gives to all, their matrices read, their expressions evaluated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence as Seq
from dataclasses import replace
from typing import Any, cast

from batchspec.diag import Diagnostic
from batchspec.diag.nearest import listing, nearest
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.axes import BadAxis, World, values
from batchspec.spec.expression import File
from batchspec.spec.known import MISSING
from batchspec.spec.matrix import MOST_KINDS, Combinations, Row
from batchspec.spec.model import MATRIX, Axis, Matrix, Task, TaskDefaults
from batchspec.spec.resolve import Contexts, is_open, resolve, under, without
from batchspec.spec.shape import Misfit
from batchspec.spec.template import Template


def templates_of(
    tasks: Sequence, defaults: Mapping | None, contexts: Contexts, world: World, found: list[Diagnostic]
) -> tuple[Template, ...]:
    """The templates of a list of tasks."""
    made = _Defaults(defaults)
    is_open_below = defaults is not None and is_open(defaults)
    return tuple(
        _template(made.below(item), f"/tasks/{at}", contexts, world, found)
        # The files of most big specs have no expression, which is sooner known than that a task has none.
        if is_open_below or item.file.may_have_expressions or _has_matrix(item)
        else _plain(made.below(item), f"/tasks/{at}", contexts)
        for at, item in enumerate(tasks.items)
    )


class _Defaults:
    """What lies beneath every task."""

    def __init__(self, node: Mapping | None) -> None:
        self._all = node and without(node, node.values.keys() - TaskDefaults.rows.keys())
        self._rest = self._all and without(self._all, Task.one_of)

    def below(self, task: Node) -> Node:
        """A task with its defaults; one that says how it runs takes nothing of how the others do."""
        if self._all is None or not isinstance(task, Mapping):
            return task
        own = [task.values[name] for name in Task.one_of if name in task.values]
        takes_away = any(isinstance(node, Scalar) and node.value is None for node in own)
        return under(self._rest if own and not takes_away else self._all, task)


def _has_matrix(node: Node) -> bool:
    return isinstance(node, Mapping) and "matrix" in node.values


def _plain(example: Node, pointer: str, contexts: Contexts) -> Template:
    """A template of one task, all of it evaluated."""
    shown = example if isinstance(example, Mapping) else Mapping(example.file, example.start, example.end)
    return Template(shown, pointer, example, None, contexts)


def _template(node: Node, pointer: str, contexts: Contexts, world: World, found: list[Diagnostic]) -> Template:
    if not isinstance(node, Mapping) or "matrix" not in node.values:
        return _plain(resolve(node, contexts, found, pointer), pointer, contexts)
    matrix = resolve(node.values["matrix"], contexts, found, f"{pointer}/matrix")
    if matrix is not node.values["matrix"]:
        node = Mapping(node.file, node.start, node.end, node.keys, {**node.values, "matrix": matrix})
    known = resolve(node, contexts, found, pointer, defer="matrix")
    assert isinstance(known, Mapping)
    plain = Template(known, pointer, known, None, contexts)
    try:
        combinations, first = _combinations(MATRIX.bind(matrix, f"{pointer}/matrix", {}), world)
    except Misfit:
        return plain
    except _Refused as error:
        found += error.found
        gone = world.lenient and all(one.code in MISSING for one in error.found)
        return replace(plain, missing=True) if gone else plain
    found += _without_effect(known, pointer, combinations, world)
    made = Template(known, pointer, known, combinations, contexts)
    return Template(known, pointer, made.resolved(first, found), combinations, contexts)


class _Refused(Exception):
    """A matrix that makes no tasks, and why."""

    def __init__(self, *found: Diagnostic) -> None:
        super().__init__()
        self.found = found


def _combinations(matrix: Matrix, world: World) -> tuple[Combinations, Row]:
    """The combinations, and the first of them. Raises _Refused."""
    axes = _axes(matrix, world)
    unknown = list(_strangers(matrix, list(axes)))
    if unknown:
        raise _Refused(*unknown)
    names = list(axes) or list(matrix.include[0] if matrix.include else ())
    added = [tuple(_like(matrix.axes.get(name), entry[name]) for name in names) for entry in matrix.include]
    made = Combinations(tuple(names), tuple(axes.values()), matrix.zip, matrix.exclude, tuple(added))
    if matrix.zip and len({len(axis) for axis in axes.values()}) > 1:
        sizes = ", ".join(f'"{name}" has {len(axis):,}' for name, axis in axes.items())
        message, hint = f"axes side by side must have as many values each: {sizes}", "leave zip out for each with each"
        raise _Refused(_at(matrix, "zip", "BS217", message, hint))
    if len(made.kinds) > MOST_KINDS:
        message = f"the entries name more than {MOST_KINDS} different sets of axes"
        raise _Refused(_at(matrix, "exclude", "BS107", message))
    first = made.any() if made.most > world.most else made.first()
    if first is None and matrix.exclude:
        message = "the matrix makes no task: all of its combinations are excluded"
        raise _Refused(_at(matrix, "exclude", "BS212", message, "take an entry out, or the task"))
    if first is None:
        message = "the matrix makes no task: it has neither axes nor combinations to include"
        raise _Refused(Diagnostic("BS212", message, matrix.node.span, matrix.pointer, "give it an axis"))
    return made, first


def _axes(matrix: Matrix, world: World) -> dict[str, Seq[Any]]:
    axes: dict[str, Seq[Any]] = {}
    wrong: list[Diagnostic] = []
    for name, axis in matrix.axes.items():
        try:
            axes[name] = values(axis, world)
        except BadAxis as error:
            wrong.append(error.found)
            continue
        if not axes[name]:
            message, hint = f'the axis "{name}" has no values', "give it one, or take the task out"
            wrong.append(_at(matrix, name, "BS212", message, hint))
    if wrong:
        raise _Refused(*wrong)
    return axes


def _strangers(matrix: Matrix, names: Collection[str]) -> Iterator[Diagnostic]:
    """Entries that name what is no axis; and those to be included that do not name each."""
    for key, entries in (("include", matrix.include), ("exclude", matrix.exclude)):
        known = names or (matrix.include[0] if matrix.include else {})
        for at, entry in enumerate(entries):
            place = f"{matrix.pointer}/{key}/{at}"
            node = cast("Sequence", matrix.node.values[key]).items[at]
            for name in entry:
                if name not in known:
                    near = nearest(name, known)
                    hint = f'did you mean "{near}"?' if near else f"its axes are {listing(known)}"
                    span = cast("Mapping", node).keys[name].span
                    yield Diagnostic("BS229", f'the matrix has no axis "{name}"', span, f"{place}/{name}", hint)
            missing = [name for name in known if name not in entry] if key == "include" else []
            if missing:
                message = f'the combination has no value for the axis "{missing[0]}"'
                yield Diagnostic("BS229", message, node.span, place, "give a value for each axis")


def _without_effect(known: Mapping, pointer: str, combinations: Combinations, world: World) -> Iterator[Diagnostic]:
    if not combinations.excluded or combinations.most > world.most:
        return
    listed = cast("Sequence", cast("Mapping", known.values["matrix"]).values["exclude"])
    for at in combinations.without_effect():
        message, hint = "there is no such combination to exclude", "take the entry out, or mend its values"
        yield Diagnostic("BS219", message, listed.items[at].span, f"{pointer}/matrix/exclude/{at}", hint)


def _like(axis: Any, value: Any) -> Any:
    """A value that is added to an axis of files is a file, too."""
    is_file = isinstance(axis, Axis) and axis.files is not None and isinstance(value, str)
    return File(value) if is_file else value


def _at(matrix: Matrix, key: str, code: str, message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(code, message, matrix.node.values[key].span, f"{matrix.pointer}/{key}", hint)
