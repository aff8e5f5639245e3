"""What of an exported spec came from its maker's environment, as variables again.

The service tells values and not where they came from. Where we have applied the spec our marks name the keys
(`batchspec.compiler.hidden`). And a value that is a secret at one place is one wherever else it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from batchspec.compiler.hidden import ALL
from batchspec.importing.texts import Secrets

Body = dict[str, Any]
Branch = bool | dict[str, "Branch"]  # of the marked keys; True: all below, False: nothing
Leaf = Callable[[Any, tuple[str, ...], Branch], Any]

_POOL, _WORK = ("pool",), ("job", "schedule", "tasks")
_FREE = ("environment", "metadata")  # their keys are the user's own
_NAMES = ("id", "name", "task", "depends_on")  # they are shown everywhere, and have nothing secret (BS213)
_SAME = ({"url", "blob"}, {"to", "file_path"}, {"run", "command"})  # keys that an export may have for each other
_LONG = 8  # characters: a shorter secret is no secret where it is a part of another text, which may be any
_SHORT = 4  # as in batchspec.diag.secrets
_STORED = re.compile(r"inputs/[0-9a-f]{64}\b.*")  # a local file's blob, by its content


def hidden(spec: Body, of_pool: str, of_work: str, secrets: Secrets) -> Body:
    """The spec with references in place of such values. of_pool, of_work: the marks."""
    if secrets.keep:
        return spec
    marked = {**_tree(of_pool, _POOL), **_tree(of_work, _WORK)}
    if marked:
        spec = {key: _of_section(key, value, marked.get(key, False), secrets) for key, value in spec.items()}
    found = _Found(secrets)
    if not found.values:
        return spec
    sections = (*_POOL, *_WORK)
    return {key: _walk(value, (key,), False, found) if key in sections else value for key, value in spec.items()}


def _tree(mark: str, sections: Iterable[str]) -> dict[str, Branch]:
    """The marked paths by their steps."""
    if mark == ALL:
        return dict.fromkeys(sections, True)
    made: dict[str, Branch] = {}
    for path in mark.split():
        steps = [unquote(step) for step in path.split("/")]
        for last in next((same for same in _SAME if steps[-1] in same and steps[-2] not in _FREE), {steps[-1]}):
            branch: Branch = made
            for step in steps[:-1]:
                branch = branch.setdefault(step, {}) if isinstance(branch, dict) else branch
            if isinstance(branch, dict):
                branch[last] = True
    return made


def _of_section(key: str, value: Any, branch: Branch, secrets: Secrets) -> Any:
    def leaf(value: Any, path: tuple[str, ...], branch: Branch) -> Any:
        return _reference(value, path, secrets) if branch else value

    if key != "tasks":
        return _walk(value, (key,), branch, leaf)
    return [_walk(task, (str(task["id"]),), _of_task(task, branch), leaf) for task in value]


def _of_task(task: Body, branch: Branch) -> Branch:
    """What is marked of one task: by its id, by its template's name, and of all."""
    if not isinstance(branch, dict):
        return branch
    made: Branch = False
    for one in dict.fromkeys((ALL, task["id"], task.get("name"))):
        made = _both(made, branch.get(str(one), False))
    return made


def _both(one: Branch, other: Branch) -> Branch:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return one is True or other is True or one or other
    return {key: _both(one.get(key, False), other.get(key, False)) for key in {**one, **other}}


def _walk(value: Any, path: tuple[str, ...], branch: Branch, leaf: Leaf) -> Any:
    """The value with what `leaf` makes of each of its single values. Names stay, if they are not marked themselves."""
    if isinstance(value, list):
        return [_walk(one, path, branch, leaf) for one in value]
    if not isinstance(value, dict):
        return leaf(value, path, branch)
    made = {}
    for key, one in value.items():
        own = branch.get(key, False) if isinstance(branch, dict) else branch
        named = key in _NAMES and path[-1] not in _FREE and not (isinstance(branch, dict) and own)
        made[key] = one if named else _walk(one, (*path, key), own, leaf)
    return made


def _reference(value: Any, path: tuple[str, ...], secrets: Secrets) -> Any:
    """A variable for a value, of the same type."""
    variable = len(path) > 1 and path[-2] in _FREE
    label = path[-1:] if variable else path
    if isinstance(value, str):
        if secrets.is_reference(value) or (path[-1] == "blob" and _STORED.fullmatch(value)):
            return value
        return secrets.reference(secrets.plain(value), label)
    if isinstance(value, bool):
        return secrets.reference(str(value).lower(), label) if variable else value
    if isinstance(value, (int, float)):
        text = secrets.reference(str(value), label)
        return text if variable else text.replace(" }}", f" | {type(value).__name__} }}}}")
    return value


class _Found:
    """Hides what is known to be a secret in texts that are not marked."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.values = {one for one in secrets.variables.values() if len(one) >= _SHORT}
        long = sorted((one for one in self.values if len(one) >= _LONG), key=len, reverse=True)
        self._within = re.compile("|".join(map(re.escape, long))) if long else None

    def __call__(self, value: Any, path: tuple[str, ...], _branch: Branch) -> Any:
        """A single value, or the variable for it."""
        if not isinstance(value, str) or self._secrets.is_reference(value):
            return value
        own = self._secrets.written(value)
        within = self._within is not None and self._within.search(own) is not None
        return _reference(value, path, self._secrets) if own in self.values or within else value


def used(text: str, names: Iterable[str]) -> Iterator[str]:
    """The variables that the text of a spec speaks of."""
    there = set(re.findall(r"\$\{\{ env\.(\w+) ", text))
    return (name for name in names if name in there)
