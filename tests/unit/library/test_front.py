"""`import batchspec`: all that it promises is there, typed, and loaded when it is first used."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys
from importlib import resources

import pytest

import batchspec


@pytest.mark.parametrize("name", batchspec.__all__)
def test_what_it_publishes_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(batchspec, name)

    assert name in dir(batchspec)
    assert not inspect.ismodule(found)
    assert found.__doc__ or name == "Event"


def test_no_module_of_ours_can_take_a_published_names_place() -> None:
    modules = {module.name for module in pkgutil.iter_modules(batchspec.__path__)}

    assert "library" in modules
    assert not modules & set(batchspec.__all__)


def test_what_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = batchspec.nothing


def test_nothing_is_loaded_before_it_is_used() -> None:
    script = (
        "import sys, batchspec\n"
        "print(*(name for name in sys.modules if name.startswith('batchspec')))\n"
        "batchspec.load; batchspec.validate\n"
        "print(*{name.partition('.')[0] for name in sys.modules} & {'azure', 'msrest', 'jsonschema', 'typer', 'rich'})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)

    assert done.stdout == "batchspec\n\n"


def test_its_types_are_for_its_users_too() -> None:
    assert resources.files("batchspec").joinpath("py.typed").is_file()
