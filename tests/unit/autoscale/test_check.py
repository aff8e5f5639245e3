"""What the checker takes and what it finds, with the exact place."""

from __future__ import annotations

import pytest

from batchspec.autoscale import FUNCTIONS, Problem, check
from batchspec.autoscale.parse import MAX_BYTES, MAX_DEPTH, MAX_STATEMENTS
from batchspec.autoscale.problems import Kind
from tests.unit.autoscale.documented import DOCUMENTED


@pytest.mark.parametrize("formula", [row[0] for row in DOCUMENTED.values()], ids=DOCUMENTED)
def test_what_the_documentation_shows_is_clean(formula: str) -> None:
    assert check(formula) == []


SILENT = {
    "an empty statement": "$TargetDedicatedNodes = 1;;",
    "a comment of many lines": "/* one\ntwo */ $TargetDedicatedNodes = 1 // and the end",
    "single quotes": "x = time('2026-01-01'); $TargetDedicatedNodes = 1;",
    "a vector": "$TargetDedicatedNodes = max([1, 2, 3]);",
    "two branches of two types": "x = 1 ? 2 : TimeInterval_Hour; $TargetDedicatedNodes = 1;",
    "an assignment in a branch": "1 ? $TargetDedicatedNodes = 1 : $TargetLowPriorityNodes = 2;",
    "a variable without a sign that another has": "$max = 2; $TargetDedicatedNodes = $max;",
    "a variable of another type": "x = 1; x = time(); $TargetDedicatedNodes = x.hour;",
    "a metric in a variable": "x = $PendingTasks; $TargetDedicatedNodes = max(x.GetSample(1));",
    "a count's samples": "$TargetDedicatedNodes = avg($CurrentDedicatedNodes.GetSample(5));",
    "windows line ends": "x = 1; // one\r\n$TargetDedicatedNodes = x;\r\n",
    "a name of another alphabet": "größe = 1; $TargetDedicatedNodes = größe;",
}


@pytest.mark.parametrize("formula", SILENT.values(), ids=SILENT)
def test_where_the_documentation_is_silent_so_is_the_checker(formula: str) -> None:
    assert check(formula) == []


# The part between « and » is where the problem is.
CERTAIN: dict[str, tuple[str, Kind]] = {
    "an open parenthesis": ("$TargetDedicatedNodes = (1 + 2«»", "syntax"),
    "a missing operand": ("$TargetDedicatedNodes = 1 +«;»", "syntax"),
    "a missing semicolon": ("x = 1\n«$TargetDedicatedNodes» = 2;", "syntax"),
    "a percent sign": ("$TargetDedicatedNodes = 70«%»;", "syntax"),
    "a single ampersand": ("$TargetDedicatedNodes = 1 «&» 2;", "syntax"),
    "a choice without a colon": ("$TargetDedicatedNodes = 1 ? 2«;»", "syntax"),
    "a number with a unit": ("x = 5«min»; $TargetDedicatedNodes = x;", "syntax"),
    "text that is not closed": ('x = time(«"2026); $TargetDedicatedNodes = 1;»', "syntax"),
    "a comment that is not closed": ("$TargetDedicatedNodes = 1 «/* more»", "syntax"),
    "an assignment to a number": ("3 «=» 4;", "syntax"),
    "a dot without a name": ("$TargetDedicatedNodes = time()«.5»;", "syntax"),
    "a misspelt metric": ("$TargetDedicatedNodes = max(«$PendngTasks».GetSample(1));", "unknown-name"),
    "an unknown variable": ("$TargetDedicatedNodes = «top»;", "unknown-name"),
    "a variable before it is assigned": ("$TargetDedicatedNodes = «n»; n = 1;", "unknown-name"),
    "a name twice is told once": ("$TargetDedicatedNodes = «n» + n;", "unknown-name"),
    "an unknown function": ("$TargetDedicatedNodes = «mean»(1, 2);", "unknown-name"),
    "an unknown method": ("$TargetDedicatedNodes = max($PendingTasks.«GetSamples»(1));", "unknown-name"),
    "an unknown member": ("$TargetDedicatedNodes = time().«hours»;", "unknown-name"),
    "an unknown option": ("$TargetDedicatedNodes = 1; $NodeDeallocationOption = «wait»;", "unknown-name"),
    "a number and a moment": ("$TargetDedicatedNodes = «time() + 3»;", "type"),
    "an interval for nodes": ("$TargetDedicatedNodes = «TimeInterval_Hour»;", "type"),
    "a word for nodes": ("$TargetDedicatedNodes = «requeue»;", "type"),
    "a number for the option": ("$TargetDedicatedNodes = 1; $NodeDeallocationOption = «2»;", "type"),
    "text in a sum": ('$TargetDedicatedNodes = «1 + "2"»;', "type"),
    "an interval as a condition": ("$TargetDedicatedNodes = «TimeInterval_Hour» ? 1 : 2;", "type"),
    "intervals that are multiplied": (
        "x = «TimeInterval_Hour * TimeInterval_Hour»; $TargetDedicated = 1;",
        "type",
    ),
    "not before an interval": ("x = «!TimeInterval_Hour»; $TargetDedicatedNodes = 1;", "type"),
    "a method that is not called": ("$TargetDedicatedNodes = max($PendingTasks.«GetSample»);", "type"),
    "a member that is called": ("$TargetDedicatedNodes = time().«hour()»;", "type"),
    "a method of a number": ("$TargetDedicatedNodes = (3).«GetSample(1)»;", "type"),
    "too many arguments": ("$TargetDedicatedNodes = «rand(1)»;", "type"),
    "too few arguments": ("$TargetDedicatedNodes = $PendingTasks.«GetSamplePercent()»;", "type"),
    "arguments in the wrong order": (
        "$TargetDedicatedNodes = max($PendingTasks.«GetSample(80, TimeInterval_Hour)»);",
        "type",
    ),
    "an argument of the wrong type": ("$TargetDedicatedNodes = «avg(TimeInterval_Hour)»;", "type"),
    "no value": ("«x = stop()»; $TargetDedicatedNodes = 1;", "type"),
    "a metric assigned": ("«$PendingTasks» = 3; $TargetDedicatedNodes = 1;", "read-only"),
}


def placed(marked: str) -> tuple[str, int, int]:
    start, end = marked.index("«"), marked.index("»") - 1
    return marked.replace("«", "").replace("»", ""), start, end


@pytest.mark.parametrize(("marked", "kind"), CERTAIN.values(), ids=CERTAIN)
def test_what_the_tables_leave_no_way_for_is_certain(marked: str, kind: Kind) -> None:
    formula, start, end = placed(marked)

    found = [one for one in check(formula) if one.kind != "not-assigned"]

    assert [(one.kind, one.start, one.end, one.certain) for one in found] == [(kind, start, end, True)]


DOUBTFUL: dict[str, tuple[str, Kind]] = {
    "a metric as a number": ("$TargetDedicatedNodes = «$PendingTasks»;", "type"),
    "a metric in a sum": ("$TargetDedicatedNodes = «$PendingTasks + 1»;", "type"),
    "a metric in a list": ("$TargetDedicatedNodes = «max(0, $PendingTasks)»;", "type"),
    "a vector for nodes": ("$TargetDedicatedNodes = «$PendingTasks.GetSample(1)»;", "type"),
    "a vector that is compared": ("$TargetDedicatedNodes = «$PendingTasks.GetSample(1) > 0» ? 1 : 2;", "type"),
    "a number and a vector": ("x = «1 + $PendingTasks.GetSample(2)»; $TargetDedicatedNodes = 1;", "type"),
    "a moment less an interval": ("x = «time() - TimeInterval_Hour»; $TargetDedicatedNodes = 1;", "type"),
    "a branch of the wrong type": ("x = 1 ? 2 : TimeInterval_Hour; $TargetDedicatedNodes = «x + 1»;", "type"),
    "a text that is no time": ('x = time(«"tomorrow"»); $TargetDedicatedNodes = 1;', "type"),
    "an option between quotes": ('$TargetDedicatedNodes = 1; $NodeDeallocationOption = «"wait"»;', "type"),
    "an option in other case": (
        "$TargetDedicatedNodes = 1; $NodeDeallocationOption = «taskCompletion»;",
        "unknown-name",
    ),
    "a name in other case": ("$TargetDedicatedNodes = max(«$pendingtasks».GetSample(1));", "unknown-name"),
    "a name without its sign": ("$n = 1; $TargetDedicatedNodes = «n»;", "unknown-name"),
    "an interval's name assigned": ("«TimeInterval_Hour» = 3; $TargetDedicatedNodes = 1;", "read-only"),
    "a metric that has ended": ("$TargetDedicatedNodes = max(«$DiskBytes».GetSample(1));", "retired"),
    "no target": ("«x = 1;»", "not-assigned"),
    "nothing at all": ("«»", "not-assigned"),
    "a folded comment": ("«// how many $TargetDedicatedNodes = 1;»", "not-assigned"),
    "too deep": ("(" * MAX_DEPTH + "«(»1" + ")" * (MAX_DEPTH + 1), "syntax"),
}


@pytest.mark.parametrize(("marked", "kind"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_not_known_to_be_refused_is_not_certain(marked: str, kind: Kind) -> None:
    formula, start, end = placed(marked)

    assert [(one.kind, one.start, one.end, one.certain) for one in check(formula)] == [(kind, start, end, False)]


def hint(formula: str) -> str:
    return next(problem.hint or "" for problem in check(formula))


@pytest.mark.parametrize(
    ("formula", "meant"),
    [
        ("$TargetDedicatedNodes = max($PendngTasks.GetSample(1));", '"$PendingTasks"'),
        ("most = 3; $TargetDedicatedNodes = mst;", '"most"'),
        ("$TargetDedicatedNodes = averg(1);", '"avg"'),
        ("$TargetDedicatedNodes = time().weekdy;", '"weekday"'),
        ("x = $PendingTasks.GetSampel(1);", '"GetSample"'),
        ("$TargetDedicatedNode = 1;", '"$TargetDedicatedNodes"'),
        ("// $TargetDedicatedNodes = 1;", "line"),
    ],
)
def test_a_hint_names_what_was_meant(formula: str, meant: str) -> None:
    assert meant in hint(formula)


def test_every_broken_statement_is_told_and_nothing_else() -> None:
    found = check("a = (1; $TargetDedicatedNodes = nobody; b = 2 +; c = 3")

    assert [(one.kind, one.start) for one in found] == [("syntax", 6), ("syntax", 47)]


def test_problems_stand_in_the_order_of_the_formula() -> None:
    found = check("x = (1 + time()) + nobody; $PendingTasks = one;")

    assert [one.start for one in found[:-1]] == sorted(one.start for one in found[:-1])
    assert found[-1].kind == "not-assigned"


def test_size_and_statements_are_limited_as_the_service_does() -> None:
    head = "$TargetDedicatedNodes = 1;"
    comment = "//" + "x" * (MAX_BYTES - len(head) - 2)

    assert check(head + comment) == []
    assert check(head * MAX_STATEMENTS) == []
    assert [(one.kind, one.start, one.end) for one in check(head + comment + "yz")] == [
        ("syntax", MAX_BYTES, MAX_BYTES + 2)
    ]
    assert [(one.kind, one.start) for one in check(head * 101)] == [("syntax", len(head) * 100)]


def test_long_runs_are_not_deep() -> None:
    assert check(f"$TargetDedicatedNodes = {'1+' * 3000}1;") == []
    assert check(f"$TargetDedicatedNodes = {'-' * 3000}1;") == []
    assert check(f"$TargetDedicatedNodes = {'0?1:' * 1500}1;") == []


def test_every_function_is_known_by_its_usage() -> None:
    for function in FUNCTIONS.values():
        assert function.usage.startswith(function.name)
        assert function.meaning


def test_a_problem_is_a_value() -> None:
    assert check("x = 1 +")[0] == Problem(
        "syntax", "the formula ends in the middle of a statement", 7, 7, "a value belongs here"
    )
