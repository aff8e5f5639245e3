"""Golden files: text that is reviewed as a diff. `pytest --update-golden` writes them; nobody edits them.

A file that no test asked for is an error of the whole run, once every test that could ask has run. What was asked for
travels with a test's report, so that it is known where the tests run in several processes, too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "golden"
PROPERTY = "golden file"
_asked: set[Path] = set()


class Golden:
    """Texts below tests/golden, by their names."""

    def __init__(self, update: bool, asked: list[tuple[str, object]]) -> None:
        self._update = update
        self._asked = asked

    def check(self, name: str, text: str) -> None:
        """Assert that the text is what the file says."""
        path = ROOT / name
        self._asked.append((PROPERTY, name))
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{name} is not there; run: pytest --update-golden"
        assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden files."""
    return Golden(request.config.getoption("--update-golden"), request.node.user_properties)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that writes them."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note which files the test has asked for."""
    _asked.update(ROOT / str(value) for name, value in report.user_properties if name == PROPERTY)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a whole, good run in which some golden file was not asked for."""
    config = session.config
    if hasattr(config, "workerinput"):  # one process of several, which has seen a part of them
        return
    partial = config.args != config.getini("testpaths") or any(
        config.getoption(name, None) for name in ("keyword", "markexpr", "collectonly", "lf", "deselect")
    )
    unused = {path for path in ROOT.rglob("*") if path.is_file()} - _asked
    if exitstatus == 0 and not partial and unused:
        names = ", ".join(sorted(path.relative_to(ROOT).as_posix() for path in unused))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(f"golden files that no test asked for: {names}", red=True)
