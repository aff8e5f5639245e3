"""The constructs of the documentation's examples, with names and numbers of our own.

https://learn.microsoft.com/azure/batch/batch-automatic-scaling, and formulas of public projects that the service takes:
Azure/batch-shipyard, Azure/doAzureParallel, nextflow-io/nextflow, the tests of the Azure SDKs.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from batchspec.autoscale import Sample, World

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=timezone.utc)  # a Monday


def every_30_seconds(*values: float) -> list[Sample]:
    """Samples up to now, the last value the newest."""
    return [Sample(NOW - timedelta(seconds=30 * age), value) for age, value in enumerate(reversed(values))]


WORLD = World(
    NOW,
    {
        "$PendingTasks": every_30_seconds(*[4.0] * 40),
        "$ActiveTasks": every_30_seconds(*[float(n) for n in range(60)]),
        "$RunningTasks": every_30_seconds(*[3.0] * 20),
        "$CPUPercent": every_30_seconds(*[0.9] * 120),
        "$PreemptedNodeCount": every_30_seconds(2.0, 2.0, 2.0),
    },
    dedicated=10,
    low_priority=4,
    target_dedicated=10,
    target_low_priority=4,
    task_slots_per_node=4,
)

# formula, the dedicated and low-priority nodes that it gives over WORLD
DOCUMENTED: dict[str, tuple[str, int, int]] = {
    "one line without a semicolon": ("$TargetDedicatedNodes = 3", 3, 4),
    "nothing changes": ("$TargetDedicatedNodes = $CurrentDedicatedNodes;", 10, 4),
    "pending tasks": (
        """
        first = 1;
        most = 12;
        known = $PendingTasks.GetSamplePercent(200 * TimeInterval_Second);
        wanted = known < 60 ? first : avg($PendingTasks.GetSample(200 * TimeInterval_Second));
        $TargetDedicatedNodes=min(most, wanted);
        $NodeDeallocationOption = taskcompletion;
        """,
        4,
        4,
    ),
    "preempted nodes": (
        """
        most = 12;
        $TargetDedicatedNodes = min(most, $PreemptedNodeCount.GetSample(120 * TimeInterval_Second));
        $TargetLowPriorityNodes = min(most , most - $TargetDedicatedNodes);
        $NodeDeallocationOption = retaineddata;
        """,
        2,
        10,
    ),
    "busy nodes": (
        """
        $all =
            (min($CPUPercent.GetSample(TimeInterval_Minute * 8)) > 0.6) ?
            ($CurrentDedicatedNodes * 1.3) : $CurrentDedicatedNodes;
        $all =
            (avg($CPUPercent.GetSample(TimeInterval_Minute * 50)) < 0.3) ?
            ($CurrentDedicatedNodes * 0.5) : $all;
        $TargetDedicatedNodes = min(300, $all)
        """,
        13,
        4,
    ),
    "a day of the week": ("$TargetDedicatedNodes = (time().weekday == 1 ? 6:2);", 6, 4),
    "working hours": (
        """
        $moment = time() + (-2 * TimeInterval_Hour);
        $hours = $moment.hour >= 9 && $moment.hour < 17;
        $weekday = $moment.weekday >= 1 && $moment.weekday <= 5;
        $busy = $hours && $weekday;
        $TargetDedicated = $busy ? 30:15;
        """,
        15,
        4,
    ),
    "the last sample or the mean": (
        """
        // How many samples are there?
        $known = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 10);
        $tasks = $known < 80 ? max(0,$ActiveTasks.GetSample(1)) : max( $ActiveTasks.GetSample(1),
            avg($ActiveTasks.GetSample(TimeInterval_Minute * 10)));
        // Half of the nodes when there is nothing to do.
        $nodes = $tasks > 0? $tasks:max(0, $TargetDedicatedNodes/2);
        $TargetDedicatedNodes = max(0, min($nodes, 25));
        $NodeDeallocationOption = taskcompletion;
        """,
        25,
        4,
    ),
    "several tasks on a node": (
        """
        $slots = $TargetDedicatedNodes * $TaskSlotsPerNode;
        $more = (($ActiveTasks.GetSample(1) - $slots) + 3) / 4;
        $nodes = ($TargetDedicatedNodes + max($more));
        $TargetDedicatedNodes = max(0,min($nodes,14));
        """,
        14,
        4,
    ),
    "an initial size": (
        """
        $TargetDedicatedNodes = 5;
        age    = time() - time("Mon, 02 Mar 2026 08:00:00 GMT");
        window = TimeInterval_Minute * 8;
        begin  = TimeInterval_Minute * 12;
        share  = 40;
        $TargetDedicatedNodes = (age > begin ? (max($RunningTasks.GetSample(window, share),
            $PendingTasks.GetSample(window, share)) == 0 ? 0 : $TargetDedicatedNodes) : 7);
        """,
        5,
        4,
    ),
    "from one time to another": (
        "$TargetDedicatedNodes = len($RunningTasks.GetSample(1 * TimeInterval_Minute, 6 * TimeInterval_Minute, 75));",
        10,
        4,
    ),
    "targets and option in one line": (
        "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=1;$NodeDeallocationOption=terminate",
        0,
        1,
    ),
    "rebalancing": (
        """
        span = TimeInterval_Second * 300.0;
        last = val($PreemptedNodeCount.GetSample(1), 0);
        mean = avg($PreemptedNodeCount.GetSample(span));
        lost = last > mean ? avg(last, mean) : min(last, mean);
        all = $CurrentDedicatedNodes + $CurrentLowPriorityNodes;
        share = all > 0 ? lost / all : 0;
        never = 0 == 1;
        part = (all == 0 || lost == 0) ? 1 : 2;
        nodes = (lost > 0 && lost < 1) ? 1 : lost;
        $TargetDedicatedNodes = nodes / part;
        $TargetLowPriorityNodes = share >= 0.1 ? 9 : 3;
        """,
        1,
        9,
    ),
    "names of the first versions": (
        """n=($CPUPercent.GetSamplePercent(TimeInterval_Minute*0,TimeInterval_Minute*10)<0.7?5:
        (min($CPUPercent.GetSample(TimeInterval_Minute*0, TimeInterval_Minute*10))>0.8?($CurrentDedicated*1.1):
        $CurrentDedicated));$TargetDedicated=min(100,n);""",
        11,
        4,
    ),
    "the full name before the older one": ("$TargetDedicatedNodes = 2; $TargetDedicated = 8;", 2, 4),
    "a stop": ("$TargetDedicatedNodes = 2; stop(); $TargetDedicatedNodes = 8;", 2, 4),
    "a conditional stop": ("$TargetDedicatedNodes = 2; x = 1 ? stop() : 3; $TargetDedicatedNodes = x;", 2, 4),
    "a time to go": ('$TargetLowPriorityNodes = time() < time("2026-03-02T11:00:00Z") ? min(1, 2) : 0;', 10, 1),
    "functions": (
        "v = vec(1, 2, 4); $TargetDedicatedNodes = sum(v, 7) + avg(lg(v)) + range(v) + !0 - -1 + rand() * 0;",
        20,
        4,
    ),
}
