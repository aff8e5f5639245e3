"""Files to specs, with all that is found in them.

A file is read the quick way, and the exact way where the quick one declines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from batchspec.check.checker import check
from batchspec.check.ignores import ignore
from batchspec.check.most import shown
from batchspec.check.targets import targets_of, too_large, too_many
from batchspec.diag import Diagnostic, Result, Severity, errors_in, tidy
from batchspec.errors import UsageError
from batchspec.reading import Mapping as Tree, Node, Scalar, collector_paused, load, quick
from batchspec.reading.folders import holds_spec, may_hold_spec, yaml_files
from batchspec.reading.limits import MAX_FINDINGS
from batchspec.source import SourceFile, read
from batchspec.spec.budget import Budget
from batchspec.spec.build import Spec
from batchspec.spec.draft import Settings
from batchspec.spec.files import kind
from batchspec.spec.listed import listed
from batchspec.spec.looking import looking

TARGETS = ("local", "azure")  # those that every spec has


@dataclass(frozen=True)
class Checked:
    """Files after loading and checking: the specs that are good, and everything that was found."""

    sources: Mapping[str, SourceFile]
    specs: tuple[Spec, ...]
    diagnostics: tuple[Diagnostic, ...]
    judged: int = 0  # how many specs there were, good and bad

    def strict(self) -> Checked:
        """The same, with every warning an error; notes stay notes."""
        raised = (one.at(Severity.ERROR) if one.severity is Severity.WARNING else one for one in self.diagnostics)
        return replace(self, diagnostics=tuple(raised))

    @property
    def ok(self) -> bool:
        """No error anywhere."""
        return not errors_in(self.diagnostics)


def check_files(paths: Sequence[str | Path], settings: Settings) -> Checked:
    """Load and check for one target.

    Raises UnreadableFile; UsageError for a target that a spec does not have.
    """
    return _judged(map(read, paths), _Work(_one_target, settings))


def check_source(source: SourceFile, settings: Settings) -> Checked:
    """The same for a text that need not be in a file."""
    return _judged([source], _Work(_one_target, settings))


def validate(paths: Sequence[str | Path], settings: Settings) -> Checked:
    """Load and check: as written, and for each target that a spec has changes for.

    paths: files, and folders, which stand for every spec below them. Raises UnreadableFile, and UsageError for a folder
    without a spec.
    """
    below = {str(path): yaml_files(Path(path)) for path in paths if kind(Path(path)) == "folder"}
    files = [file for path in paths for file in below.get(str(path), (Path(path),))]
    optional = {file.as_posix() for found in below.values() for file in found}
    optional -= {Path(path).as_posix() for path in paths}
    work = _Work(_every_target, settings, optional)
    checked = _judged(map(read, files), work, unused=not settings.target)
    for folder, found in below.items():
        if checked.ok and not any(file.as_posix() in checked.sources for file in found):
            raise UsageError(f"there is no spec in {folder}", 'specs are YAML files whose first key is "batchspec"')
    return checked


def _judged(sources: Iterable[SourceFile], work: _Work, *, unused: bool = False) -> Checked:
    """sources: read as they are needed; unused: tell of comments that ignore what nothing has."""
    work.take_parameters()
    for source in () if errors_in(work.found) else {source.path: source for source in sources}.values():
        # To evaluate expressions leaves much behind that only the collector can take away.
        with nullcontext() if source.may_have_expressions else collector_paused():
            work.take(source)
    # Rules that an error keeps from running would find what the comments are for.
    left = ignore(work.sources.values(), tidy(work.found), unused=unused and not errors_in(work.found))
    return Checked(work.sources, tuple(work.specs), tuple(shown(left)), work.judged)


@dataclass
class _Work:
    """What is done with each file, and what has come of them so far. optional: files that may be no specs."""

    targets: Callable[[Node, Settings], Sequence[str]]  # those to check a document for
    settings: Settings
    optional: Collection[str] = ()
    sources: dict[str, SourceFile] = field(default_factory=dict)
    specs: list[Spec] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    judged: int = 0

    def take_parameters(self) -> None:
        """Read the files of parameters; of a name in several the last counts.

        Their lines are never shown: they may hold secrets.
        """
        made = dict(self.settings.listed)
        for source in map(read, self.settings.params_files):
            loaded = load(source)
            self.found += loaded.diagnostics
            made |= listed(loaded.value or (), self.found)
        self.settings = replace(self.settings, listed=made)

    def take(self, source: SourceFile) -> None:
        """Judge a file."""
        if source.path in self.optional and not may_hold_spec(source):
            return
        with looking():
            self._judge(source)

    def _judge(self, source: SourceFile) -> None:
        self.settings = replace(self.settings, budget=Budget(len(source.data)))
        loaded = _read(source)
        documents = _specs(loaded.value or ())
        if self._is_other(source, loaded if loaded.value is None else Result(documents)):
            return
        self.sources[source.path] = source
        self.judged += max(1, len(documents))
        self.found += loaded.diagnostics
        if loaded.value is not None and not documents:
            self.found.append(Diagnostic("BS008", "the file holds no spec", source.span(0, 0)))
        for node in documents:
            whole = self._whole(node, self.sources, self.found)
            if whole is None:
                continue
            targets = self.targets(whole, self.settings)
            refused = self._refused(whole, targets)
            results: list[Result[Spec]] = []
            told = list(refused)
            for target in targets[:1] if refused else targets:
                results.append(check(whole, self._for(target)))
                told += results[-1].diagnostics
                if len(told) >= MAX_FINDINGS:  # each target would have most of them again
                    break
            found = tidy(told)
            self.found += found
            spec = results[0].value
            self.specs += [] if spec is None or errors_in(found) else [spec]

    def _is_other(self, source: SourceFile, documents: Result[tuple[Node, ...]]) -> bool:
        return source.path in self.optional and not holds_spec(source, documents)

    def _refused(self, document: Node, targets: Sequence[str]) -> tuple[Diagnostic, ...]:
        """What is wrong with how many targets there are, so that only the first is judged."""
        wrong = too_many(document) or (too_large(document) if len(targets) > 1 else None)
        return () if wrong is None else (wrong,)

    def _for(self, target: str) -> Settings:
        return self.settings if target == self.settings.target else replace(self.settings, target=target)

    def _whole(self, node: Node, sources: dict[str, SourceFile], found: list[Diagnostic]) -> Node | None:
        """A document with what it includes; None when a file could not be had."""
        if not isinstance(node, Tree) or "include" not in node.values:
            return node
        from batchspec.spec.include import include

        whole = include(node, self.settings.read, _read, allow_outside=self.settings.allow_outside)
        sources.update({source.path: source for source in whole.sources})
        found += whole.diagnostics
        return whole.document


def _read(source: SourceFile) -> Result[tuple[Node, ...]]:
    documents = quick(source)
    return load(source) if documents is None else Result(documents)


def _specs(documents: Collection[Node]) -> tuple[Node, ...]:
    """The documents that are more than nothing."""
    return tuple(node for node in documents if not (isinstance(node, Scalar) and node.value is None))


def _one_target(node: Node, settings: Settings) -> Sequence[str]:
    known = [*TARGETS, *targets_of(node)]
    if settings.target and settings.target not in known:
        listed = ", ".join(dict.fromkeys(known))
        raise UsageError(f'{node.span.path} has no target "{settings.target}"', f"there are {listed}")
    return (settings.target,)


def _every_target(node: Node, settings: Settings) -> Sequence[str]:
    return _one_target(node, settings) if settings.target else ("", *targets_of(node))
