"""What the README and the pages of docs/ show is what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.compiler.program import Program
from batchspec.diag import text
from batchspec.errors import ExitCode
from batchspec.planning.text import render
from batchspec.run import Options
from batchspec.run.look import plan_of
from batchspec.spec import sandbox
from batchspec.spec.draft import Settings
from tests.support.command import Folder
from tests.support.emulator import processes_of
from tests.support.page_files import write_files
from tests.support.prose import PAGES, README, ROOT, blocks, each_page, section
from tests.support.world import World

LANGUAGE = (ROOT / "docs/language.md").read_text(encoding="utf-8")
HELLO = (ROOT / "specs/hello.yaml").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "schemas/batchspec-v1.schema.json").read_bytes())
ASKED_FOR = {"BS209", "BS332"}  # a parameter without a value, as it is the caller's; advice on retention


def shown(command: str) -> str:
    """What the README shows that a command prints."""
    (found,) = (block for block in blocks(ROOT / "README.md", "console") if f"$ {command}\n" in block)
    return found.partition(f"$ {command}\n")[2]


# Links and paths


@each_page
def test_links_lead_to_files_and_to_headings(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))

    for path, anchor in links:
        there = page.parent / path if path else page
        assert there.exists(), path
        headings = re.findall(r"^#+ (.*)", there.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}, anchor


def test_paths_of_the_project_exist() -> None:
    named = {
        path
        for page in PAGES
        for path in re.findall(r"\b(?:specs|docs|schemas|benchmarks)/[\w./-]*\w", page.read_text())
    }

    assert "specs/hello.yaml" in named
    assert [path for path in named if not (ROOT / path).exists()] == []


# Specs


@each_page
def test_every_whole_spec_is_clean(page: Path, tmp_path: Path) -> None:
    write_files(page, tmp_path)
    whole = [block for block in blocks(page, "yaml") if re.search(r"^batchspec: v1$", block, re.MULTILINE)]
    for number, block in enumerate(whole):
        named = re.match(r"# (\S+/\S+)\n", block)
        path = tmp_path / named[1] if named else tmp_path / f"{number}.yaml"
        path.write_text(block, encoding="utf-8")

        found = api.validate([path], Settings(offline=True)).diagnostics

        assert {one.code for one in found} <= ASKED_FOR, block


def test_the_first_spec_is_the_shipped_one_and_short() -> None:
    assert f"```yaml\n{HELLO}```" in README
    assert HELLO.count("\n") <= 12


def test_the_shortened_spec_is_the_shipped_one_with_lines_left_out() -> None:
    (short,) = (block for block in blocks(ROOT / "README.md", "yaml") if block.startswith("tasks:"))
    whole = iter((ROOT / "specs/hexgrid-sharded.yaml").read_text(encoding="utf-8").splitlines())

    assert all(line in whole for line in short.splitlines())  # in the same order, as one iterator is walked
    assert [task["id"] for task in yaml.safe_load(short)["tasks"]] == [
        "split",
        "interpolate-${{ matrix.shard }}",
        "merge",
    ]


@each_page
def test_parts_of_a_spec_are_clean_in_one(page: Path, tmp_path: Path) -> None:
    for number, part in enumerate(blocks(page, "yaml")):
        value = None if part.startswith(" ") else yaml.safe_load(part)
        if not isinstance(value, dict) or "batchspec" in value or "tasks" in value:
            continue
        spec = HELLO.replace("{pool: delete}", "{pool: scale_to_zero}")  # which any part may stand beside
        kept = [line for line in spec.splitlines() if line.partition(":")[0] not in value]
        path = tmp_path / f"{number}.yaml"
        path.write_text("\n".join([*kept, "storage: {sas_lifetime: 20000d}", part]))

        assert api.validate([path], Settings(offline=True)).diagnostics == (), part


def rows_used_most() -> Iterator[str]:
    table = section(README, "The lines used most")
    for row in re.findall(r"^\| (`.*?) \| ", table, re.MULTILINE):
        yield from re.findall(r"`([^`]+)`", row)


def test_the_lines_used_most_are_ten_and_keys_of_the_language() -> None:
    assert len(re.findall(r"^\| `", section(README, "The lines used most"), re.MULTILINE)) == 10
    task, top = SCHEMA["$defs"]["Task"]["properties"], SCHEMA["properties"]
    for line in rows_used_most():
        (key,) = yaml.safe_load(line)
        assert key in task or key in top, line


# What commands print


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    made.write({"specs/hello.yaml": HELLO})
    yield made
    made.run("emulator", "stop")
    assert processes_of(tmp_path / ".batchspec/local") == []


def steady(said: str) -> str:
    """Without what is another one each time: nodes' names, seconds, and whether a task was seen while it ran."""
    said = re.sub(r"^task \S+: running on .*\n", "", said, flags=re.MULTILINE)
    return re.sub(r" +", " ", re.sub(r"tvmps_\w+", "NODE", re.sub(r"\d+\.\d s", "SECONDS", said)))


def test_the_first_apply_prints_what_is_shown(folder: Folder) -> None:
    ran = folder.run("apply", "specs/hello.yaml")

    assert ran.code == 0
    assert steady(ran.stdout).strip() == steady(shown("batchspec apply specs/hello.yaml")).strip()


def test_the_finding_is_what_validate_says(tmp_path: Path) -> None:
    spec = tmp_path / "hello.yaml"
    spec.write_text(HELLO.replace("dedicated", "dedicatd"))

    checked = api.validate([spec], Settings())

    rendered = text.render(checked.diagnostics, checked.sources)
    said = shown("batchspec validate specs/hello.yaml").rstrip()
    assert rendered.replace(spec.as_posix(), "specs/hello.yaml") == said


def compiled(spec: Path, content: str) -> Program:
    spec.write_text(content)
    (checked,) = api.check_files([spec], Settings(target="local", environ={})).specs
    return api.compile_program(checked, Placeholders())


def test_the_plan_is_what_plan_says(tmp_path: Path) -> None:
    kept = HELLO.replace("{pool: delete}", "{pool: keep}")
    edited = kept.replace("dedicated: 1", "dedicated: 2").replace("10m", "30m")
    edited += "  - {id: count, command: /bin/true, retention: 1d}\n"
    world, path = World(), tmp_path / "hello.yaml"
    world.apply(compiled(path, kept), Options(wait=False))

    plan = plan_of(compiled(path, edited), world.batch, world.blobs, world.clock)

    first, said = shown("batchspec plan specs/hello.yaml").split("\n", 1)
    assert first == "target: the local target, .batchspec/local"
    assert render(plan).strip() == said.strip()


# Tables


def test_exit_codes_are_those_of_the_code() -> None:
    codes = re.findall(r"^\| (\d+) \|", section(README, "Exit codes"), re.MULTILINE)

    assert sorted(int(code) for code in codes) == sorted(int(code) for code in ExitCode)


def test_filters_are_those_of_the_code() -> None:
    named = LANGUAGE.partition("the filters ")[2].partition(".\n")[0]

    assert set(re.findall(r"`(\w+)`", named)) == set(sandbox.NAMES) - {"d"}


@pytest.mark.parametrize(("title", "part"), {"The pool": "Pool", "The job": "Job", "Tasks": "Task"}.items())
def test_the_keys_of_a_table_are_keys_of_the_language(title: str, part: str) -> None:
    table = section(LANGUAGE, title).partition("**")[0]
    keys = {key for row in re.findall(r"^\| (.*?) \| ", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}

    assert keys
    assert keys <= set(SCHEMA["$defs"][part]["properties"])


def test_the_parts_of_a_spec_are_all_there() -> None:
    rows = re.findall(r"^\| `(\w+)", section(LANGUAGE, "The parts of a spec"), re.MULTILINE)

    assert rows == list(SCHEMA["properties"])
