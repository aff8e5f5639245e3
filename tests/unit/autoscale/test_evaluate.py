"""What formulas give over a world."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchspec.autoscale import Sample, World, check, evaluate
from batchspec.autoscale.values import FaultKind
from tests.unit.autoscale.documented import DOCUMENTED, NOW, WORLD, every_30_seconds


@pytest.mark.parametrize(("formula", "dedicated", "low_priority"), DOCUMENTED.values(), ids=DOCUMENTED)
def test_documented_formulas_give_what_the_documentation_says(formula: str, dedicated: int, low_priority: int) -> None:
    result = evaluate(formula, WORLD)

    assert result.error is None
    assert (result.dedicated, result.low_priority) == (dedicated, low_priority)


def test_results_name_targets_option_and_own_variables_in_order() -> None:
    formula = (
        "b=time(); $a=1.50; v=vec(1,2.5); c=$CurrentDedicatedNodes; $TargetDedicatedNodes=3; i=TimeInterval_Minute"
    )

    assert evaluate(formula, WORLD).results == (
        "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=4;$NodeDeallocationOption=requeue;"
        "$a=1.5;b=2026-03-02T10:00:00.000Z;c=10;i=00:01:00;v=[1,2.5]"
    )


# An expression, and what its variable is written as.
VALUES = {
    "1 + 2 * 3": "7",
    "(1 + 2) * 3": "9",
    "10 - 4 - 3": "3",
    "8 / 2 / 2": "2",
    "1 < 2 == 1": "1",
    "1 || 0 && 0": "1",
    "0 || 2": "1",
    "!3": "0",
    "- - 2": "2",
    "0 ? 1 : 0 ? 2 : 3": "3",
    "1 ? 0 ? 1 : 2 : 3": "2",
    "1 || 1/0": "1",
    "0 && 1/0": "0",
    "1 ? 2 : 1/0": "2",
    "[1,2,3] * 2": "[2,4,6]",
    "[1,2,3] - [1,1,1]": "[0,1,2]",
    "2 - [1,2]": "[1,0]",
    "-[1,2]": "[-1,-2]",
    "avg([1,2,3], 6)": "3",
    "len(1, [2,3])": "3",
    "len()": "0",
    "norm(3, 4)": "5",
    "range(2, 9, 4)": "7",
    "std(2, 4, 4, 4, 5, 5, 7, 9)": "2.138089935299395",
    "percentile([1,2,3,4,5], 50)": "3",
    "percentile([1,2], 50)": "1.5",
    "val([7,8], 1)": "8",
    "lg(8)": "3",
    "log(1000)": "3",
    "ln(1)": "0",
    "lg([2,4])": "[1,2]",
    "ceil(1.2) + floor(1.8) + round(2.5)": "6",
    "TimeInterval_Hour / 2": "00:30:00",
    "90 * TimeInterval_Minute": "01:30:00",
    "-TimeInterval_Day": "-1.00:00:00",
    "TimeInterval_Week == 7 * TimeInterval_Day": "1",
    "TimeInterval_Millisecond": "00:00:00.0010000",
    "time('2026-03-02') + TimeInterval_Hour": "2026-03-02T01:00:00.000Z",
    "time() - time('2026-03-02T12:00:00+02:00')": "00:00:00",
    "time('Mon, 02 Mar 2026 10:00:00 GMT') == time()": "1",
    "time('2026-03-01').weekday": "7",
    "time().month * 100 + time().day": "302",
    "requeue == terminate": "0",
    "$PendingTasks.Count()": "40",
    "$PendingTasks.GetSamplePeriod()": "00:00:30",
    "$RunningTasks.HistoryBeginTime()": "2026-03-02T09:50:30.000Z",
    "$ActiveTasks.GetSample(3)": "[57,58,59]",
    "$ActiveTasks.GetSample(TimeInterval_Minute)": "[58,59]",
    "$ActiveTasks.GetSample(time('2026-03-02T09:59:00Z'))": "[58,59]",
    "$ActiveTasks.GetSample(TimeInterval_Minute, TimeInterval_Minute * 2)": "[56,57]",
    "$RunningTasks.GetSamplePercent(TimeInterval_Minute * 20)": "50",
    "$FailedTasks.GetSample(1)": "[]",
    "max(0, $FailedTasks.GetSample(1))": "0",
    "$TaskSlotsPerNode * 2": "8",
    "$UsableNodeCount": "14",
    "$PendingTasks + 1": "5",
    "$PendingTasks.GetSample(1) > 3": "1",
}


@pytest.mark.parametrize(("expression", "written"), VALUES.items(), ids=VALUES)
def test_an_expression_has_its_value(expression: str, written: str) -> None:
    result = evaluate(f"x = {expression}", WORLD)

    assert result.error is None
    assert result.results.partition(";x=")[2] == written


# A formula, its fault, and the text at which it happens.
FAULTS: dict[str, tuple[str, FaultKind, str]] = {
    "division by zero": ("x = 1 / 0;", "value", "/"),
    "no samples": ("x = avg($FailedTasks.GetSample(5));", "no-data", "avg($FailedTasks.GetSample(5))"),
    "too few samples": ("x = $RunningTasks.GetSample(TimeInterval_Hour, 90);", "insufficient-data", "GetSample"),
    "vectors of two lengths": ("x = [1,2] + [1,2,3];", "value", "+"),
    "a place beyond the vector": ("x = val([1], 3);", "value", "val([1], 3)"),
    "a logarithm of nothing": ("x = ln(0);", "value", "ln(0)"),
    "an interval without end": ("x = 1e300 * TimeInterval_Year;", "value", "*"),
    "a moment out of the calendar": ("x = time() + 9000 * TimeInterval_Year;", "value", "+"),
    "a text that is no time": ("x = time('soon');", "value", "time('soon')"),
    "a variable that nobody assigned": ("x = y;", "unknown-name", "y"),
    "a type": ("x = time() * 2;", "type", "*"),
    "a metric assigned": ("$PendingTasks = 2", "type", "$PendingTasks = 2"),
    "nodes without end": ("$TargetDedicatedNodes = 1e300;", "value", "$TargetDedicatedNodes = 1e300;"),
    "a vector for one number": ("$TargetDedicatedNodes = [1, 2];", "value", "$TargetDedicatedNodes = [1, 2]"),
    "doubled for ever": ("v = [1, 2]; " + "v = vec(v, v); " * 60, "too-large", "v = vec(v, v)"),
    "no formula": ("x = (1", "syntax", ""),
    "no option": ("$NodeDeallocationOption = 'never';", "value", "$NodeDeallocationOption = 'never';"),
}


@pytest.mark.parametrize(("formula", "kind", "place"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_a_value_and_leaves_the_pool_as_it_is(formula: str, kind: FaultKind, place: str) -> None:
    result = evaluate(formula, WORLD)

    assert result.error is not None
    assert (result.error.kind, formula[result.error.start : result.error.end]) == (kind, place)
    assert (result.dedicated, result.low_priority, result.deallocation) == (10, 4, "requeue")
    assert result.results == "$TargetDedicatedNodes=10;$TargetLowPriorityNodes=4;$NodeDeallocationOption=requeue"


def test_too_few_samples_are_told_as_the_service_does() -> None:
    result = evaluate("// first\n  x = $RunningTasks.GetSample(TimeInterval_Minute * 20, 70);", WORLD)

    assert result.error is not None
    assert result.error.code == "InsufficientSampleData"
    assert (
        result.error.detail == "Line 2, Col 21: Insufficient data from data set: $RunningTasks wanted 70%, received 50%"
    )


def test_every_other_fault_has_the_services_one_code() -> None:
    result = evaluate("$something_useless", WORLD)

    assert result.error is not None
    assert result.error.code == "AutoScalingFormulaEvaluationError"


@pytest.mark.parametrize(("target", "nodes"), [("3.9", 3), ("-2", 0), ("0", 0)])
def test_a_target_is_a_whole_number_of_nodes(target: str, nodes: int) -> None:
    assert evaluate(f"$TargetDedicatedNodes = {target};", WORLD).dedicated == nodes


def test_the_option_is_taken_over() -> None:
    assert evaluate("$NodeDeallocationOption = taskcompletion;", WORLD).deallocation == "taskcompletion"


def test_the_same_seed_gives_the_same_numbers() -> None:
    formula = "x = rand(); y = rand();"

    assert evaluate(formula, WORLD) == evaluate(formula, WORLD)
    assert evaluate(formula, WORLD) != evaluate(formula, replace(WORLD, seed=1))


def test_samples_of_the_future_are_not_seen() -> None:
    world = World(NOW, {"$PendingTasks": [*every_30_seconds(1.0), Sample(NOW.replace(hour=11), 9.0)]})

    assert evaluate("x = $PendingTasks.GetSample(5)", world).results.endswith("x=[1]")


def test_long_runs_are_not_deep() -> None:
    assert evaluate(f"$TargetDedicatedNodes = {'1+' * 3000}1;", WORLD).dedicated == 3001


def test_an_empty_formula_changes_nothing() -> None:
    assert evaluate("", WORLD).dedicated == 10
    assert [one.kind for one in check("")] == ["not-assigned"]
