"""Links: placeholders for what is looked at, one signature for what is run, and no secret to be looked at."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta, timezone

from hypothesis import given, settings, strategies as st

from batchspec import api
from batchspec.check import check
from batchspec.compiler.links import Placeholders, Signed
from batchspec.compiler.runs import SCRIPT, command_line, environment
from batchspec.reading import Mapping
from batchspec.spec.draft import Settings
from batchspec.spec.model import Task
from batchspec.spec.table import Table
from tests.support.fakes import FakeBlob
from tests.support.project import HEAD, Project
from tests.support.strategies import nearly_good, node

EXPIRY = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(days=7)


def test_a_placeholder_says_what_will_stand_there() -> None:
    assert Placeholders("https://a").link("c", "dir/a b", "r") == "https://a/c/dir/a%20b?<sas:r>"
    assert Placeholders("https://a").link("c", None, "rl") == "https://a/c?<sas:rl>"


def test_one_signature_serves_all_blobs_of_a_container() -> None:
    blobs = FakeBlob()
    asked: list[tuple[str, str | None]] = []
    sign = blobs.signed_url

    def signed(container: str, blob: str | None, permissions: str, expiry: datetime) -> str:
        asked.append((container, blob))
        return sign(container, blob, permissions, expiry)

    blobs.signed_url = signed  # type: ignore[method-assign]  # counts the calls
    links = Signed(blobs, EXPIRY, EXPIRY - timedelta(days=7))

    urls = {links.link("c", name, "r").partition("?")[2] for name in ("a", "b ä", "c/d")}

    assert len(urls) == 1
    assert asked == [("c", None)]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), min_size=1, max_size=5
    )
)
def test_an_argv_list_splits_back_from_its_command_line(words: list[str]) -> None:
    task: Task = Table(Task).bind(node({"id": "a", "command": words}), "", {})

    assert shlex.split(command_line(task)) == words


def test_a_script_is_never_part_of_a_command_line() -> None:
    task: Task = Table(Task).bind(node({"id": "a", "run": "echo '\"$X"}), "", {})

    assert "echo" not in command_line(task)
    assert [one.name for one in environment(None, task.run) or ()] == [SCRIPT]
    assert environment(None) is None


def test_no_secret_is_in_what_render_shows(project: Project) -> None:
    text = HEAD + "tasks: [{id: a, run: 'echo ${{ env.KEY }}', environment: {K: '${{ env.KEY }}'}}]\n"
    hidden = {"KEY": "${{ env.KEY }}"}  # as the command gives it

    shown = json.dumps(project.program(text, environ=hidden).wire())

    assert shown.count("${{ env.KEY }}") == 2
    assert "sig=" not in shown


@settings(max_examples=100, deadline=None)
@given(nearly_good())
def test_whatever_is_checked_compiles_and_serialises(tree: dict[str, object]) -> None:
    document = node(tree)
    assert isinstance(document, Mapping)
    result = check(document, Settings())
    if result.value is not None:
        wire = api.compile_program(result.value, Placeholders()).wire()
        pool = result.value.keys.pool
        assert json.loads(json.dumps(wire)).get("pool", {}).get("id") == (pool.id if pool is not None else None)
    else:
        assert result.diagnostics
