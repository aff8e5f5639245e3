"""The quick way and the exact way say the same; a few bad tasks among many are explained as if all were looked at."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.check import files
from batchspec.check.checker import misfits
from batchspec.check.files import validate
from batchspec.check.shape import explain
from batchspec.diag import Result
from batchspec.errors import UsageError
from batchspec.reading import Mapping, Node, load
from batchspec.source import SourceFile
from batchspec.spec.draft import Settings, draft
from tests.support import yaml_texts
from tests.support.project import Project
from tests.support.strategies import nearly_good, node, places

CLEAN = """\
batchspec: v1
name: demo
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 1}
on_finish: {pool: delete}
job: {id: demo, timeout: 2h}
tasks:
  - id: hello
    command: /bin/true
    retention: 1d
    timeout: 1h
"""
SLOW = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def seen(path: Path, **options: Any) -> object:
    """All that `validate` says of a file."""
    try:
        checked = validate([path], Settings(**{"offline": True, **options}))
    except UsageError as error:
        return error.message
    return checked.diagnostics, checked.judged, sorted(checked.sources), [spec.keys.name for spec in checked.specs]


def agree(path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """The law, for one file."""
    quickly = seen(path, **options)
    with monkeypatch.context() as patch:
        patch.setattr(files, "quick", lambda _: None)
        assert quickly == seen(path, **options)


@pytest.mark.parametrize("path", yaml_texts.FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_both_ways_say_the_same_of_every_file_of_ours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(path, monkeypatch)


@SLOW
@given(yaml_texts.texts)
def test_both_ways_say_the_same_of_any_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    agree(path, monkeypatch)


EXPRESSIONS = ["${{ params.n }}", "${{ params.no }}", "${{ env.NO }}", "${{ env.KEY }}", "x-${{ params.mode }}", "${{"]
SECRETS = ["sk-abcdefghijklmnopqrstuvwx", "https://a.b/c?sig=0123456789012345678901", "a@b", "high"]


@SLOW
@given(nearly_good(), st.randoms(use_true_random=False), st.sampled_from([*EXPRESSIONS, *SECRETS, None]))
def test_both_ways_say_the_same_of_specs_that_are_nearly_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree: dict[str, Any], chance: random.Random, text: str | None
) -> None:
    tree.setdefault("on_finish", {"pool": "delete"})
    if isinstance(tree.get("job"), dict):
        tree["job"].setdefault("task_defaults", {"retention": "1d", "on_dependency_failure": "satisfy"})
    if text is not None:
        *above, last = chance.choice(places(tree)[1:])
        owner: Any = tree
        for step in above:
            owner = owner[step]
        owner[last] = text
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")

    agree(path, monkeypatch, environ={"KEY": "s3cret"})


# What only the places of the exact way could tell apart, or what only some of its files have.
BESIDE = {
    "clean": CLEAN,
    "a default among the tasks' own": CLEAN.replace("job: {", "job: {task_defaults: {on_dependency_failure: satisfy}, ")
    + "    on_dependency_failure: satisfy\n",
    "a secret": CLEAN + "    environment: {A: sk-abcdefghijklmnopqrstuvwx}\n",
    "a secret in escapes": CLEAN + '    environment: {A: "\\x73k-abcdefghijklmnopqrstuvwx", B: "@"}\n',
    "an expression in escapes": CLEAN + '    environment: {A: "\\x24{{ params.no }}"}\n',
    "an expression over two lines": CLEAN + '    environment:\n      A: "$\\\n        {{ params.no }}"\n',
    "a comment that ignores nothing": f"# batchspec: ignore-file[BS406]\n{CLEAN}",
    "a comment that ignores": CLEAN.replace("on_finish: {pool: delete}\n", "") + "# batchspec: ignore[BS330]\n",
    "two documents": f"{CLEAN}---\n{CLEAN}",
    "a good and a bad document": f"{CLEAN}---\n{CLEAN}    retries: x\n",
    "a target with a fault": f"{CLEAN}targets: {{a: {{name: [x]}}, b: {{}}}}\n",
    "an included file": f"{CLEAN}include: [more.yaml]\n",
    "an included file with an expression": f"{CLEAN}include: [open.yaml]\n",
    "an included file that is not there": f"{CLEAN}include: [no.yaml]\n",
    "nothing": "# nothing\n",
    "no mapping": "- a\n",
}


@pytest.mark.parametrize("target", ["", "local", "a", "no"])
@pytest.mark.parametrize("text", BESIDE.values(), ids=BESIDE)
def test_both_ways_say_the_same_of(text: str, target: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    more = "tasks: [{id: more, run: ls, timeout: 1h, retention: 1d}]\n"
    project.write({"spec.yaml": text, "more.yaml": more, "open.yaml": more.replace("ls", "ls ${{ params.no }}")})

    agree(project.folder / "spec.yaml", monkeypatch, target=target)


def test_a_clean_file_is_not_read_exactly(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "load", None)

    checked = project.check(CLEAN)

    assert checked.diagnostics == ()
    assert len(checked.specs) == checked.judged == 1


def test_of_several_files_only_those_of_an_unusual_kind_are_read_exactly(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    exactly: list[str] = []

    def seen_load(source: SourceFile) -> Result[tuple[Node, ...]]:
        exactly.append(Path(source.path).name)
        return load(source)

    monkeypatch.setattr(files, "load", seen_load)
    project.write({"a.yaml": CLEAN, "b.yaml": CLEAN.replace("1d", "&day one day"), "c.yaml": CLEAN + "    x: y\n"})

    checked = validate([project.folder], Settings())

    assert exactly == ["b.yaml"]
    assert [Path(one.span.path).name for one in checked.diagnostics if one.span] == ["b.yaml", "c.yaml"]
    assert checked.judged == 3


@SLOW
@given(nearly_good(), nearly_good(), st.integers(0, 3))
def test_flawed_tasks_alone_are_explained_as_all_together(
    tree: dict[str, Any], other: dict[str, Any], good: int
) -> None:
    if isinstance(tree.get("tasks"), list) and isinstance(other.get("tasks"), list):
        tree["tasks"] += [{"id": f"good-{at}", "run": "ls"} for at in range(good)] + other["tasks"]
    document = node(tree)
    assert isinstance(document, Mapping)
    made = draft(document, Settings()).tree

    some = explain(made, misfits(made, {}))

    assert {(one.diagnostic, one.path, one.key) for one in some} == {
        (one.diagnostic, one.path, one.key) for one in explain(made)
    }


def test_one_error_among_many_tasks_does_not_cost_much_more_than_none(project: Project) -> None:
    task = "  - {{id: 't{0}', command: [a, b], environment: {{A: '{0}', B: b}}, retention: 1d, timeout: 1h}}\n"
    text = CLEAN + "".join(task.format(at) for at in range(3_000))

    def cost(spec: str) -> float:
        start = time.process_time()
        project.check(spec)
        return time.process_time() - start

    project.check(text + "  - 5\n")  # what is imported for the first time
    good = min(cost(text) for _ in range(3))
    bad = min(cost(text + "  - {id: bad, comand: x}\n") for _ in range(3))
    assert bad < 6 * good  # 3 with a whole process around; all tasks against the schema took 20 times as much
