"""A formula's problem is shown where it stands in the file, however the formula is written."""

from __future__ import annotations

import pytest

from tests.support.project import Project

HEAD = """\
batchspec: v1
name: demo
job: {id: demo, timeout: 1h}
tasks: [{id: hello, command: /bin/true}]
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes:
    autoscale:
      formula: """

PLACED = {
    "plain": "$TargetDedicatedNodes = $Nope;",
    "in single quotes": "'$TargetDedicatedNodes = $Nope;'",
    "in double quotes": '"$TargetDedicatedNodes = $Nope;"',
    "on two quoted lines": '"$TargetDedicatedNodes =\n        $Nope;"',
    "a block": "|\n        $a = 1;\n\n          $TargetDedicatedNodes = $Nope;\n",
    "a block with a header": "|2-  # kept as it is\n          $TargetDedicatedNodes = $Nope;\n",
    "folded": ">\n        $a = 1;\n        $TargetDedicatedNodes =\n        $Nope;\n",
}


@pytest.mark.parametrize("text", PLACED.values(), ids=PLACED)
def test_an_unknown_name_is_under_the_span(text: str, project: Project) -> None:
    (found,) = project.findings(HEAD + text)

    assert found.span is not None
    assert found.code == "BS323"
    assert (HEAD + text)[found.span.start.offset : found.span.end.offset] == "$Nope"


WHOLE = {
    "with an escape": '"\\x24TargetDedicatedNodes = $Nope;"',
    "with an expression": "$TargetDedicatedNodes = ${{ 1 + 1 }} + $Nope;",
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_what_is_not_in_the_file_word_by_word_is_shown_whole(text: str, project: Project) -> None:
    (found,) = project.findings(HEAD + text)

    assert found.span is not None
    assert (found.span.start.offset, found.span.end.offset) == (len(HEAD), len(HEAD) + len(text))


def test_what_the_service_may_take_is_a_warning(project: Project) -> None:
    checked = project.check(f"{HEAD}'TimeInterval_Minute = 1; $TargetDedicatedNodes = 1;'")

    (found,) = [one for one in checked.diagnostics if one.code.startswith("BS32")]
    assert (found.code, found.severity.value) == ("BS322", "warning")


def test_a_formula_has_8192_characters_at_most(project: Project) -> None:
    fits = "$TargetDedicatedNodes = 1;".ljust(8_192, "/")

    assert project.codes(f"{HEAD}'{fits.replace(';/', '; ')}'") == []
    (found,) = project.findings(f"{HEAD}'{fits}/'")
    assert (found.code, "8,193 characters" in found.message) == ("BS107", True)


def test_a_problem_at_the_end_of_a_formula_has_a_place(project: Project) -> None:
    text = f"{HEAD}'$TargetDedicatedNodes = min(1'"

    (found,) = project.findings(text)

    assert found.code == "BS321"
    assert found.span is not None
    assert len(HEAD) < found.span.start.offset < found.span.end.offset <= len(text)
