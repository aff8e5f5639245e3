"""What the README shows is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from batchspec import api
from batchspec.diag import text
from batchspec.errors import ExitCode
from batchspec.spec import sandbox
from batchspec.spec.draft import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_spec_is_the_one_that_the_demo_runs() -> None:
    assert (ROOT / "specs/hexgrid.yaml").read_text().rstrip() in README


def test_the_finding_is_what_validate_says(tmp_path: Path) -> None:
    shown = README.partition("$ batchspec validate specs/render.yaml\n")[2].partition("```")[0]
    spec = tmp_path / "render.yaml"
    spec.write_text(
        "batchspec: v1\nname: render\npool:\n  id: render\n  vm_size: Standard_A1_v2\n  image: ubuntu-24.04\n"
        "  nodes: {dedicated: 1}\non_finish: {pool: delete}\n"
        "job: {id: render, timeout: 1h, task_defaults: {retention: 1d}}\n\n"
        "tasks:\n  - id: split\n    command: /bin/true\n"
        "  - id: draw\n    depends_on: [split]\n    command: /bin/true\n"
        "  - id: merge\n    command: /bin/true\n    depends_on: [splt]\n"
    )

    checked = api.validate([spec], Settings())

    rendered = text.render(checked.diagnostics, checked.sources)
    assert rendered.replace(spec.as_posix(), "specs/render.yaml") == shown.rstrip()


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert links
    assert all((ROOT / link).exists() for link in links)


def test_exit_codes_and_filters_are_those_of_the_code() -> None:
    codes = re.findall(r"(?:^Exit codes: |·\s)(\d+) ", README, re.MULTILINE)

    assert {int(code) for code in codes} == {int(code) for code in ExitCode}
    named = README.partition("the filters ")[2].partition(" and a few more")[0]
    assert set(re.findall(r"`(\w+)`", named)) <= set(sandbox.NAMES)
