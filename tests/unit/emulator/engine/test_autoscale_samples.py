"""The samples that formulas look at, and the count of ready tasks behind them."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import invariant

from batchspec.autoscale import VARIABLES, Type
from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.samples import KEPT, PERIOD, TAKEN
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.test_scheduler_laws import Operations
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, after


def last(simulation: Simulation, formula: str = " ".join(TAKEN)) -> dict[str, float]:
    sampler = simulation.scheduler._board.sampler
    (pool,) = simulation.scheduler.pools.values()
    return {name: samples[-1].value for name, samples in sampler.of(pool, formula).items()}


def test_every_metric_that_the_service_collects_is_taken_but_the_use_of_processors() -> None:
    collected = {
        name
        for name, variable in VARIABLES.items()
        if variable.type in (Type.SAMPLES, Type.COUNT) and not variable.retired and not variable.alias_of
    }

    assert collected - TAKEN.keys() == {"$CPUPercent", "$TaskSlotsPerNode"}  # the second never changes
    assert collected >= TAKEN.keys()


def test_samples_tell_of_tasks_and_nodes() -> None:
    simulation = Simulation(lambda run: (100.0, Outcome(int(run.task is not None and run.task.id == "bad"))))
    add_pool(simulation, nodes=1, slots=2)
    add_tasks(simulation, add_job(simulation), [{"id": "good"}, {"id": "bad"}, {"id": "c"}, after("c", id="d")])

    simulation.run_until(PERIOD)
    early = last(simulation)
    simulation.run_until(110 + PERIOD)

    assert early == dict.fromkeys(TAKEN, 0.0) | {
        "$ActiveTasks": 1, "$RunningTasks": 2, "$PendingTasks": 3, "$CurrentDedicatedNodes": 1, "$UsableNodeCount": 1,
    }  # fmt: skip
    assert last(simulation)["$SucceededTasks"] == last(simulation)["$FailedTasks"] == 1


def test_tasks_that_an_ended_job_left_in_its_queue_do_not_count() -> None:
    simulation = Simulation()
    add_pool(simulation, nodes=0)
    job = add_job(simulation)
    add_tasks(simulation, job, [{"id": "a"}])

    simulation.scheduler.terminate_job(simulation.now, job, "UserTerminate")
    simulation.run_until(PERIOD)

    assert (job.state, job.counts.active, last(simulation)["$PendingTasks"]) == ("completed", 1, 0)


def test_a_formula_gets_the_metrics_that_it_names_under_any_of_their_names() -> None:
    simulation = Simulation()
    add_pool(simulation)
    simulation.run_until(PERIOD)

    assert last(simulation, "$TargetDedicated = $CurrentDedicated.GetSample(1) + $FailedTasks.GetSample(1);") == {
        "$CurrentDedicatedNodes": 1,
        "$FailedTasks": 0,
    }


@given(st.lists(st.floats(0, 3 * KEPT * PERIOD), max_size=6))
def test_samples_lie_30_seconds_apart_however_the_clock_runs_and_are_kept_for_a_day(jumps: list[float]) -> None:
    simulation = Simulation()
    pool = add_pool(simulation)
    simulation.run()

    for jump in jumps:
        simulation.now += jump
        simulation.scheduler.clock(simulation.now)

    times = [row.time for row in simulation.scheduler._board.sampler.rows[pool]]
    taken = int(simulation.now // PERIOD)
    assert times == [PERIOD * (n + 1) for n in range(max(0, taken - KEPT), taken)]


def test_no_samples_are_taken_without_pools() -> None:
    simulation = Simulation()
    pool = add_pool(simulation)
    simulation.run_until(PERIOD)

    simulation.scheduler.delete_pool(simulation.now, pool)
    simulation.run_until(3 * PERIOD)

    assert simulation.scheduler.next_deadline is None
    add_pool(simulation)
    assert simulation.scheduler.next_deadline == 4 * PERIOD


class ReadyTasks(Operations):
    """Whatever is asked for, the count of tasks that wait for others is right."""

    @invariant()
    def tasks_that_wait_are_counted(self) -> None:
        for job in self.scheduler.jobs.values():
            held = sum(task.state == "active" and task.waiting > 0 for task in job.tasks)
            assert self.scheduler._board.agendas[job].held == held


TestReadyTasks = ReadyTasks.TestCase
TestReadyTasks.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
