"""Standard streams that the caller has closed: a command does its work all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from batchspec.errors import ExitCode

BAD = "batchspec: v1\nname: [\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("command", "code"),
    [("rules", ExitCode.OK), ("validate bad.yaml", ExitCode.SPEC_HAS_ERRORS), ("aply", ExitCode.USAGE)],
)
def test_a_closed_stream_is_no_bug(tmp_path: Path, command: str, code: int, closed: str) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)

    line = f'exec "$0" -m batchspec {command} {closed}'
    ran = subprocess.run(["bash", "-c", line, sys.executable], cwd=tmp_path, capture_output=True, text=True)

    assert ran.returncode == code
    assert "Traceback" not in ran.stderr
