"""Fixtures that any test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import Golden, golden, pytest_addoption, pytest_runtest_logreport, pytest_sessionfinish
from tests.support.project import Project

__all__ = ["Golden", "golden", "pytest_addoption", "pytest_runtest_logreport", "pytest_sessionfinish"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder of its own."""
    return Project(tmp_path)
