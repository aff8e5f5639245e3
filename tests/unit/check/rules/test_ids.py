"""What a bad id's finding says."""

from __future__ import annotations

import pytest

from tests.support.project import HEAD, Project

SAID = {
    "a space": ("'my task'", '"my task" has a space in it, which an id cannot have'),
    "a tab": ('"a\\tb"', "has a tab in it"),
    "a line end": ('"a\\n"', "has a line end in it"),
    "a dot": ("a.b", '"a.b" has "." in it'),
    "a letter that is not ASCII": ("größe", '"größe" has "ö" in it'),
    "a digit that is not ASCII": ("a٣", '"a٣" has "٣" in it'),
    "nothing": ("''", "an id has at least one character"),
    "65 characters": ("x" * 65, "has 65 characters, and an id at most 64"),
    "65 characters and a dot": ("." + "x" * 64, ""),
}


@pytest.mark.parametrize(("written", "said"), SAID.values(), ids=SAID)
def test_the_offending_character_is_named(written: str, said: str, project: Project) -> None:
    (found,) = project.findings(f"{HEAD}tasks:\n  - id: {written}\n    command: /bin/true\n")

    assert found.code == "BS205"
    assert said in found.message
    assert found.hint == "write letters, digits, - and _, at most 64 of them"


def test_a_character_of_a_secret_id_is_not_told(project: Project) -> None:
    text = f"{HEAD}tasks:\n  - id: 'a${{{{ env.X }}}}'\n    command: /bin/true\n"

    found = project.findings(text, environ={"X": "§"})

    told = next(one for one in found if one.code == "BS205")
    assert "§" not in told.message
