"""Where the official OpenAPI document is, and its checker: the oracle of what the emulator answers.

They are references, not part of this repository: tests that need them say so when they are absent. They are
looked for at BATCHSPEC_OPENAPI, else in `shared/openapi` beside the checkout.
"""

from __future__ import annotations

import importlib.util
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).parents[3].parent / "shared" / "openapi"
OPENAPI = Path(os.environ.get("BATCHSPEC_OPENAPI", _BESIDE))


@lru_cache(maxsize=1)
def check_module() -> Any:
    """The module `check.py` beside the document; skips the test where it is absent."""
    path = OPENAPI / "check.py"
    if not path.is_file():
        pytest.skip(f"the OpenAPI document and its checker are not at {OPENAPI}")
    spec = importlib.util.spec_from_file_location("batch_openapi_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=1)
def document() -> Any:
    """The OpenAPI document."""
    return _spec().doc


@lru_cache(maxsize=1)
def operations() -> Any:
    """operationId -> (method, path, operation)."""
    return _spec().ops


@lru_cache(maxsize=1)
def _spec() -> Any:
    # check.py leaves closing the file to the garbage collector, which says so as a warning
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        return check_module().Spec()


@lru_cache(maxsize=2)
def checker(*, strict: bool = True) -> Any:
    """The checker of bodies and headers; strict refuses members that the document has not."""
    return check_module().Checker(_spec(), strict=strict, quirks=False)
