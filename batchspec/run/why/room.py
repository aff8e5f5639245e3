"""Why a task that is ready has no node yet. Pure: from the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from batchspec.ports import PoolView
from batchspec.run.moments import moment
from batchspec.run.why.facts import Facts, Reason
from batchspec.run.why.pool import empty, gone, hopeless, no_task, short, troubles
from batchspec.run.why.slots import instances_of, misfits, slots_of, slots_of_node
from batchspec.run.why.words import at, several, since

FIT = ("idle", "running")
_DOING = {
    "leavingpool": "leaving the pool",
    "preempted": "preempted until there is room again",
    "upgradingos": "upgrading",
    "waitingforstarttask": "in the start task",
}


def no_room(facts: Facts, task_id: str) -> Reason:
    """Why the task does not run, given that it waits for no other."""
    found = no_pool(facts) or _misfit(facts, task_id) or _limited(facts)
    if found is not None:
        return found
    free, slots = _free(facts), slots_of_node(facts.pool) if facts.pool is not None else 1
    body = facts.body(task_id)
    takes, instances = slots_of(body), instances_of(body)
    idle = sum(one == slots for one in free.values())
    if instances > idle:
        return Reason(f"{instances} nodes at once are needed, and {idle} of {len(free)} are free{_shared(facts)}")
    if not instances and all(one < takes for one in free.values()):
        return _busy(facts, takes, slots * len(free))
    if body is None:
        return Reason("the spec does not tell of it, so what for is not known here")
    if facts.sharing:
        return Reason(f"this job leaves room on the nodes{_shared(facts)}")
    return Reason("a node has room, and the service has still to start it")


def place(facts: Facts, task_id: str) -> str:
    """Where the task stands in the job's queue, for the end of a sentence."""
    ahead = facts.ahead.get(task_id, 0)
    return f"; {several(ahead, 'task')} {'is' if ahead == 1 else 'are'} before it in the queue" if ahead else ""


def no_pool(facts: Facts) -> Reason | None:
    """Why no node of the pool takes a task; None when some do."""
    run = facts.run
    if run.pool_id is None:
        return Reason("the service has still to make the job's pool")
    wrong = gone(run, facts.pool)
    if wrong is not None or facts.pool is None:
        return None if wrong is None else Reason.of(wrong)
    pool = facts.pool
    none = empty(run, pool, facts.nodes)
    if none is not None:
        return Reason.of(none)
    found = troubles(run, facts.nodes, facts.preparations)
    if hopeless(pool, facts.nodes, found):
        worst = found[0]
        excerpt = facts.excerpts.get(next(iter(worst.nodes)), "")
        return Reason.of(no_task(run, worst, excerpt), excerpt=excerpt)
    bad = {node_id for trouble in found for node_id in trouble.nodes}
    good = [node.state for node in facts.nodes if node.id not in bad]
    return None if any(state in FIT for state in good) else _coming(facts, pool, Counter(good))


def _coming(facts: Facts, pool: PoolView, states: Mapping[str, int]) -> Reason:
    """The pool has no node that is ready, and there is hope. states: of those that may still become so."""
    if states:
        listed = ", ".join(f"{count} {_DOING.get(state, state)}" for state, count in sorted(states.items()))
        return Reason(f'pool "{pool.id}" has no ready node yet: {listed}')
    lacking = short(facts.run, pool)
    if lacking is not None:
        return Reason.of(lacking, final=False)
    begun = moment(pool.body.get("allocationStateTransitionTime"))
    if pool.autoscale and not pool.target_nodes:
        when = at(moment((pool.body.get("autoScaleRun") or {}).get("timestamp")), facts.now)
        return Reason(f'pool "{pool.id}" has no nodes: its formula asked for none{when}')
    doing = f"is {pool.allocation}" if pool.allocation != "steady" else "has to begin"
    have = f"{pool.current_nodes} of {several(pool.target_nodes, 'node')}"
    return Reason(f'pool "{pool.id}" {doing}: {have}{since(begun, facts.now)}', since=begun)


def _misfit(facts: Facts, task_id: str) -> Reason | None:
    made = facts.made.get(task_id)
    if made is None or facts.pool is None:
        return None
    found = misfits(facts.run, facts.pool, [made])
    return Reason.of(found[task_id], task_id) if found else None


def _limited(facts: Facts) -> Reason | None:
    most = (facts.job.body.get("maxParallelTasks") if facts.job is not None else None) or -1
    running = len(facts.under_way)
    if most < 0 or running < most:
        return None
    return Reason(
        f"the job may run {several(most, 'task')} at once, and {running} {'is' if running == 1 else 'are'} running"
    )


def _free(facts: Facts) -> dict[str, int]:
    """The slots of each node that runs tasks, less those that the job's own tasks take."""
    bad = {node_id for trouble in troubles(facts.run, facts.nodes, facts.preparations) for node_id in trouble.nodes}
    slots = slots_of_node(facts.pool) if facts.pool is not None else 1
    free = {node.id: slots for node in facts.nodes if node.state in FIT and node.id not in bad}
    for view in facts.under_way:
        if view.node_id in free:
            free[view.node_id] -= slots_of(facts.body(view.id))
    return free


def _busy(facts: Facts, takes: int, slots: int) -> Reason:
    running = several(len(facts.under_way), "task")
    need = f"all {slots} slots are busy" if slots > 1 else "the only slot is busy"
    if takes > 1:
        need = f"{takes} slots of one node are needed, and none has as many free"
    return Reason(f"{need}; {running} of the job under way{_shared(facts)}")


def _shared(facts: Facts) -> str:
    return f'; job "{facts.sharing[0]}" uses the pool, too' if facts.sharing else ""
