"""Plans in files: kept by `plan --out`, and held to by `apply FILE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchspec import __version__
from batchspec.cli.given import Given
from batchspec.errors import LocalFailure, UnreadableFile, UsageError
from batchspec.spec.build import Spec

if TYPE_CHECKING:
    from batchspec.planning import Plan

MARK = "batchspec_plan"
FORMAT_VERSION = "1.0"
_HEAD = 256  # bytes in which the mark of a plan stands: it is written first
_LARGEST = 16 * 1024 * 1024  # bytes
_MOVED = 'make it anew with "batchspec plan --out"'


@dataclass(frozen=True)
class Kept:
    """A plan from a file: what it was made from, and what it saw."""

    specs: list[Path]
    given: Given
    rerun: bool
    adopt: bool
    seen: list[dict[str, Any]]

    def hold(self, at: int, plan: Plan) -> None:
        """Raises UsageError when the spec, or what is live, is no longer what the plan was made for."""
        if at >= len(self.seen) or self.seen[at]["name"] != plan.name:
            raise UsageError("the specs are not those that the plan was made for", _MOVED)
        was = self.seen[at]
        for kind in dict.fromkeys([*was["prints"], *plan.prints]):
            if was["prints"].get(kind) != plan.prints.get(kind):
                message = f'the {_said(kind)} in the spec "{plan.name}", or its files, changed since the plan was made'
                raise UsageError(message, _MOVED)
        for kind in dict.fromkeys([*was["etags"], *plan.etags]):
            if was["etags"].get(kind) != plan.etags.get(kind):
                raise UsageError(f'the {_said(kind)} of "{plan.name}" has changed since the plan was made', _MOVED)
        # The service's tasks come and go without the job's ETag, and nobody has agreed to what was not in the plan.
        for destroyed in _destroyed(plan):
            if destroyed not in was["destroys"]:
                raise UsageError(f'the tasks of "{plan.name}" have changed since the plan was made', _MOVED)


def _destroyed(plan: Plan) -> list[str]:
    return [f"{one.action.value} {one.kind} {one.id} {' '.join(sorted(one.ids))}".strip() for one in plan.destroys]


def _said(kind: str) -> str:
    return kind.replace("_", " ")


def check(specs: Sequence[Spec], given: Given) -> None:
    """Raises UsageError when keeping the plan would write a secret to a file."""
    named = {text.partition("=")[0] for text in given.parameters or ()}
    for spec in specs:
        for name, parameter in (spec.keys.parameters or {}).items():
            if parameter.secret and name in named:
                hint = f"let the spec take it from the environment: ${{{{ env.{name.upper()} }}}}"
                raise UsageError(f'a plan that is kept would hold the secret parameter "{name}"', hint)


def keep(
    path: Path, plans: Sequence[Plan], specs: Sequence[Path], given: Given, target: str, *, rerun: bool, adopt: bool
) -> None:
    """Write the file, whole or not at all. Raises LocalFailure."""
    document = {
        MARK: FORMAT_VERSION,
        "tool": {"name": "batchspec", "version": __version__},
        "specs": [spec.as_posix() for spec in specs],
        "parameters": list(given.parameters or ()),
        "params_files": [file.as_posix() for file in given.params_files or ()],
        "target": given.target or target,
        "allow_outside": given.allow_outside,
        "max_tasks": given.max_tasks,
        "rerun": rerun,
        "adopt": adopt,
        "plans": [
            {"name": p.name, "prints": dict(p.prints), "etags": dict(p.etags), "destroys": _destroyed(p)} for p in plans
        ],
    }
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise LocalFailure(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            part.unlink()


def kept(path: Path) -> Kept | None:
    """The plan in a file; None when it holds none, as a spec does. Raises UnreadableFile, UsageError."""
    try:
        with path.open("rb") as file:
            text = file.read(_HEAD)
            if MARK.encode() not in text or not text.lstrip().startswith(b"{"):
                return None
            text += file.read(_LARGEST)
        document = json.loads(text)
    except OSError as error:
        raise UnreadableFile(str(path), error.strerror or str(error)) from error
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not a whole plan", _MOVED) from None
    if not isinstance(document, dict) or MARK not in document:
        return None
    if str(document[MARK]).partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise UsageError(f"{path} is a plan of another version of batchspec", _MOVED)
    try:
        made = _read(document)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise UsageError(f"{path} is not a whole plan", _MOVED) from None
    for spec in made.specs:
        if not spec.is_file():
            raise UsageError(f"{path} is a plan for {spec}, which is not there", "apply it in the folder of its making")
    return made


def need_alone(paths: Sequence[Path]) -> None:
    """Raises UsageError when one of several files holds a plan, or a plan is given where only specs can be."""
    for path in paths if len(paths) > 1 else ():
        with suppress(UnreadableFile):  # that is told when it is read as a spec
            if kept(path) is not None:
                raise UsageError(f"{path} is a plan, and has its specs with it", "give it alone")


def _read(document: dict[str, Any]) -> Kept:
    given = Given(
        [str(one) for one in document["parameters"]],
        str(document["target"]),
        [Path(one) for one in document["params_files"]],
        bool(document["allow_outside"]),
        int(document["max_tasks"]),
    )
    seen = [
        {
            "name": str(p["name"]),
            "prints": dict(p["prints"]),
            "etags": dict(p["etags"]),
            "destroys": [str(one) for one in p["destroys"]],
        }
        for p in document["plans"]
    ]
    return Kept([Path(one) for one in document["specs"]], given, bool(document["rerun"]), bool(document["adopt"]), seen)
