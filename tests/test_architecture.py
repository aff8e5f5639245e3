"""The layers, the third-party borders, the published names and the generated files as they are meant to be.

Lower never imports higher; what stands in one row does not import its neighbours.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import batchspec
from batchspec.check.shape import schema_text
from batchspec.spec import schema

PACKAGE = Path(batchspec.__file__).parent
ROOT = PACKAGE.parent

# From the lowest; the third-party packages that each may import. `""` is batchspec/__init__.py itself.
LAYERS: tuple[dict[str, set[str]], ...] = (
    {"": set()},
    {"errors": set(), "catalogue": set(), "autoscale": set(), "manager": set()},
    {"source": set(), "ports": set()},
    {"diag": set()},
    {"reading": {"yaml"}},
    {"spec": {"jinja2"}},
    {"check": {"jsonschema"}},
    {"compiler": {"azure.batch.models", "msrest"}},
    {"importing": {"yaml"}, "planning": set()},
    {
        "run": set(),
        # requests, urllib3, msrest and azure.core are what the SDK's clients are made of: their failures come through
        "service": {
            "azure.batch",
            "azure.core",
            "azure.identity",
            "azure.storage.blob",
            "msrest",
            "requests",
            "urllib3",
        },
    },
    {"api": set()},
    {"library": set()},
    {"cli": {"typer", "rich", "yaml", "typing_extensions"}},
    {"__main__": set()},
)
HEIGHT = {name: height for height, row in enumerate(LAYERS) for name in row}
ALLOWED = {name: allowed for row in LAYERS for name, allowed in row.items()}
ISLAND = "emulator"
ISLANDS_OWN = {"starlette", "uvicorn", "anyio"}  # anyio is what starlette runs on
# The formula language imports nothing itself, and says nothing of the wire: no wrong name could cancel out.
ISLANDS_LOAN = {"batchspec.autoscale"}

HEAVY = {"azure", "starlette", "uvicorn", "rich", "jsonschema", "jinja2", "msrest", "requests", "urllib3"}
LONGEST = 400  # lines of a file

FILES = sorted(path for path in PACKAGE.rglob("*.py"))
MODULES = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in FILES}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """All that a file imports, wherever in it: inside functions and for type checkers, too."""
    made: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            made += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            made += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(made)


def layer(module: str) -> str:
    """The part of batchspec that a module or one of its names belongs to."""
    parts = module.split(".")[1:]
    return parts[0] if parts and (parts[0] in HEIGHT or parts[0] == ISLAND) else ""


def own(path: Path) -> Iterator[str]:
    return (name for name in imports(path) if name.split(".")[0] == "batchspec")


def foreign(path: Path) -> Iterator[str]:
    return (name for name in imports(path) if name.split(".")[0] not in {*sys.stdlib_module_names, "batchspec"})


def within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def named(paths: list[Path]) -> list[str]:
    return [MODULES[path] for path in paths]


CORE = [path for path in FILES if layer(MODULES[path]) != ISLAND]
EMULATOR = [path for path in FILES if layer(MODULES[path]) == ISLAND]


def test_every_part_has_its_row() -> None:
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES} - {"__init__"}

    assert parts == (HEIGHT.keys() - {""}) | {ISLAND}


FRONT = PACKAGE / "__init__.py"  # it tells type checkers what stands above it, and loads nothing of it by itself
BEHIND = [path for path in CORE if path != FRONT]


@pytest.mark.parametrize("path", BEHIND, ids=named(BEHIND))
def test_lower_never_imports_higher(path: Path) -> None:
    here = layer(MODULES[path])

    wrong = [name for name in own(path) if layer(name) != here and HEIGHT[layer(name)] >= HEIGHT[here]]

    assert wrong == []


@pytest.mark.parametrize("path", CORE, ids=named(CORE))
def test_third_parties_are_imported_only_behind_their_border(path: Path) -> None:
    wrong = [name for name in foreign(path) if not within(name, ALLOWED[layer(MODULES[path])])]

    assert wrong == []


@pytest.mark.parametrize("path", CORE, ids=named(CORE))
def test_nobody_imports_the_emulator(path: Path) -> None:
    assert [name for name in own(path) if layer(name) == ISLAND] == []


@pytest.mark.parametrize("path", EMULATOR, ids=named(EMULATOR))
def test_the_emulator_imports_nothing_of_ours_and_nothing_of_azure(path: Path) -> None:
    assert [name for name in own(path) if layer(name) != ISLAND and not within(name, ISLANDS_LOAN)] == []
    assert [name for name in foreign(path) if not within(name, ISLANDS_OWN)] == []


LENT = [path for path in CORE if within(MODULES[path], ISLANDS_LOAN)]


@pytest.mark.parametrize("path", LENT, ids=named(LENT))
def test_what_the_emulator_is_lent_imports_the_standard_library_alone(path: Path) -> None:
    assert [name for name in own(path) if not within(name, ISLANDS_LOAN)] == []
    assert list(foreign(path)) == []


def loaded(code: str) -> set[str]:
    """The top-level packages that are imported after some code, in a process of its own."""
    script = f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}}, file=sys.__stdout__)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    return set(done.stdout.splitlines()[-1].split())


CHEAP = {
    "import batchspec": "import batchspec",
    "import batchspec.api": "import batchspec.api",
    "validate a spec": "from batchspec.cli.main import run; assert run(['validate', 'specs/hexgrid.yaml']) == 0",
}


@pytest.mark.parametrize("code", CHEAP.values(), ids=CHEAP)
def test_heavy_imports_wait_until_they_are_used(code: str) -> None:
    assert loaded(code) & HEAVY == set()


PUBLIC = [path for path in FILES if "__all__" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", PUBLIC, ids=named(PUBLIC))
def test_what_a_package_publishes_is_there_sorted_and_all_that_it_imports_from_below(path: Path) -> None:
    module = importlib.import_module(MODULES[path])
    names = module.__all__

    assert len(set(names)) == len(names)
    assert all(hasattr(module, name) for name in names)
    if path.name == "__init__.py":
        assert {name.rpartition(".")[2] for name in own(path)} <= set(names)


def test_the_schema_file_is_what_the_models_say() -> None:
    assert (ROOT / "schemas" / "batchspec-v1.schema.json").read_text(encoding="utf-8") == schema.text() == schema_text()


def test_a_stale_schema_file_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "schema.json"

    assert schema.main([str(path)]) == 0
    assert schema.main(["--check", str(path)]) == 0
    path.write_text("{}")
    assert schema.main(["--check", str(path)]) == 1
    assert "python -m batchspec.spec.schema" in capsys.readouterr().err


@pytest.mark.parametrize("path", FILES, ids=named(FILES))
def test_a_file_says_what_it_is_and_is_no_longer_than_a_person_reads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    code = any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) for node in tree.body)

    assert ast.get_docstring(tree) or not tree.body
    assert "from __future__ import annotations" in text or not code
    assert text.count("\n") <= LONGEST
