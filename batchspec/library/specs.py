"""A spec as a value: from a file or a text, checked for the one target that it is to run on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchspec import api
from batchspec.check.files import Checked, check_files, check_source
from batchspec.diag import Diagnostic, Severity
from batchspec.diag.text import render
from batchspec.errors import BatchspecError, ExitCode, UsageError
from batchspec.library.place import Place
from batchspec.source import SourceFile
from batchspec.spec import build
from batchspec.spec.draft import Settings
from batchspec.spec.matrix import MAX_TASKS

if TYPE_CHECKING:
    from batchspec.compiler.program import Program

_NO_PARAMS: Mapping[str, Any] = {}


class SpecErrors(BatchspecError):
    """The spec cannot be applied. diagnostics: all that was found, warnings too; text: the same, to be shown."""

    exit_code = ExitCode.SPEC_HAS_ERRORS

    def __init__(self, checked: Checked) -> None:
        errors = [found for found in checked.diagnostics if found.severity is Severity.ERROR]
        place = f"{errors[0].span}: " if errors[0].span is not None else ""
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        super().__init__(f"the spec has errors: {place}{errors[0].code} {errors[0].message}{more}")
        self.diagnostics = checked.diagnostics
        self.text = render(checked.diagnostics, checked.sources)


@dataclass(frozen=True)
class Spec:
    """A spec without errors, its parameters and its target settled.

    diagnostics: the warnings and notes that were found; built: what the compiler reads.
    """

    name: str
    place: Place
    diagnostics: tuple[Diagnostic, ...] = field(repr=False)
    built: build.Spec = field(repr=False, compare=False)

    @property
    def job_id(self) -> str | None:
        """The job's id as the spec says it, or the schedule's; None when the spec has no job."""
        job = self.built.keys.job
        return None if job is None else job.id

    @property
    def task_ids(self) -> tuple[str, ...]:
        """All tasks, templates expanded, in the order of the spec."""
        return tuple(task.id for task in self.built.tasks)


def load(
    path: str | Path,
    params: Mapping[str, Any] = _NO_PARAMS,
    *,
    target: str | None = None,
    environ: Mapping[str, str] | None = None,
    folder: str | Path = ".",
    allow_outside: bool = False,
    max_tasks: int = MAX_TASKS,
) -> Spec:
    """The one spec of a file, checked.

    params: values for the spec's parameters.
    target: "local", "azure" or one of the spec's; None is the account, when the environment has one, otherwise local.
    environ: the environment that has the account and what `env` reads, in place of the process's own.
    folder: where the local target keeps its state, and `apply` puts results.
    allow_outside: paths that are absolute or begin with ../ may leave the spec's folder.
    max_tasks: the most tasks that it may expand to.

    Raises SpecErrors, UnreadableFile, and UsageError for a file of several specs.
    """
    place = Place.of(target, environ, folder)
    return _only(_specs(check_files([path], _settings(params, place, allow_outside, max_tasks)), place), str(path))


def load_all(
    path: str | Path,
    params: Mapping[str, Any] = _NO_PARAMS,
    *,
    target: str | None = None,
    environ: Mapping[str, str] | None = None,
    folder: str | Path = ".",
    allow_outside: bool = False,
    max_tasks: int = MAX_TASKS,
) -> tuple[Spec, ...]:
    """The specs of a file that has several, with --- between them; as `load`."""
    place = Place.of(target, environ, folder)
    return _specs(check_files([path], _settings(params, place, allow_outside, max_tasks)), place)


def loads(
    text: str,
    params: Mapping[str, Any] = _NO_PARAMS,
    *,
    base: str | Path = ".",
    target: str | None = None,
    environ: Mapping[str, str] | None = None,
    folder: str | Path = ".",
    allow_outside: bool = False,
    max_tasks: int = MAX_TASKS,
) -> Spec:
    """The one spec of a text; as `load`. base: the folder that its relative paths start from."""
    place = Place.of(target, environ, folder)
    source = SourceFile((Path(base) / "<text>").as_posix(), text.encode())
    return _only(_specs(check_source(source, _settings(params, place, allow_outside, max_tasks)), place), "the text")


def validate(
    *paths: str | Path,
    params: Mapping[str, Any] = _NO_PARAMS,
    target: str | None = None,
    environ: Mapping[str, str] | None = None,
    allow_outside: bool = False,
    max_tasks: int = MAX_TASKS,
) -> Checked:
    """All that is found in files, and in the specs of folders; errors are no exception.

    target: None is as written, and each target that a spec has. `Checked.ok` says whether there was no error,
    `Checked.strict()` takes warnings for errors. Raises UnreadableFile, and UsageError for a folder without a spec.
    """
    place = Place(target or "", Path(), environ)
    return api.validate(paths, _settings(params, place, allow_outside, max_tasks))


def compile(spec: Spec) -> Program:  # noqa: A001  # as re.compile does
    """The request bodies of a spec, as `Program.wire()` has them in JSON, and the files to move.

    Nothing is asked of the service: signatures and moments are placeholders. Raises LocalFailure when an input cannot
    be read.
    """
    from batchspec.compiler.links import Placeholders

    return api.compile_program(spec.built, Placeholders())


def _settings(params: Mapping[str, Any], place: Place, allow_outside: bool, max_tasks: int) -> Settings:
    return Settings(
        parameters=params,
        target=place.target,
        environ=place.variables,
        as_of=datetime.now(timezone.utc).date(),
        allow_outside=allow_outside,
        max_tasks=max_tasks,
    )


def _specs(checked: Checked, place: Place) -> tuple[Spec, ...]:
    if not checked.ok:
        raise SpecErrors(checked)
    return tuple(Spec(str(one.keys.name), place, checked.diagnostics, one) for one in checked.specs)


def _only(specs: Iterable[Spec], what: str) -> Spec:
    first, *others = specs
    if others:
        raise UsageError(f"there are {len(others) + 1} specs in {what}", "load_all gives them all")
    return first
