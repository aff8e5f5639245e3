"""Laws of the scheduler, whatever the workload and whatever is done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, after, recounted, values

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from batchspec.emulator.engine.commands import Run
    from batchspec.emulator.engine.records import Job, Task

Graph = dict[str, list[str]]


@st.composite
def graphs(draw: DrawFn) -> Graph:
    """Task ids in order of addition, each with those it depends on; edges go both ways through that order."""
    ids = [f"t{n}" for n in range(draw(st.integers(1, 15)))]
    parents = {id_: draw(st.lists(st.sampled_from(ids[:n]), unique=True)) if n else [] for n, id_ in enumerate(ids)}
    return {id_: parents[id_] for id_ in draw(st.permutations(ids))}


def add_graph(simulation: Simulation, graph: Graph) -> Job:
    job = add_job(simulation)
    add_tasks(simulation, job, [after(*parents, id=id_) for id_, parents in graph.items()])
    return job


@given(graphs(), st.integers(1, 3), st.integers(1, 3), st.data())
def test_every_task_of_a_graph_runs_once_and_after_what_it_depends_on(
    graph: Graph, nodes: int, slots: int, data: st.DataObject
) -> None:
    durations = data.draw(st.lists(st.floats(0, 10), min_size=len(graph), max_size=len(graph)))
    lasting = dict(zip(graph, durations, strict=True))
    simulation = Simulation(lambda run: (lasting[run.task.id if run.task else ""], Outcome(0)))
    add_pool(simulation, nodes, slots)

    job = add_graph(simulation, graph)
    simulation.run()

    assert sorted(run.task.id for run in simulation.started if run.task) == sorted(graph)
    for task in job.tasks:
        for parent in graph[task.id]:
            end, start = job.by_key[parent].end_time, task.start_time
            assert end is not None
            assert start is not None
            assert end <= start


@given(graphs(), st.sets(st.integers(0, 14)))
def test_what_depends_on_a_failure_never_runs_and_all_else_does(graph: Graph, failing: set[int]) -> None:
    bad = {f"t{n}" for n in failing}
    simulation = Simulation(lambda run: (1.0, Outcome(int(run.task is not None and run.task.id in bad))))
    add_pool(simulation, slots=2)

    add_graph(simulation, graph)
    simulation.run()

    def blocked(id_: str) -> bool:
        return any(parent in bad or blocked(parent) for parent in graph[id_])

    assert {run.task.id for run in simulation.started if run.task} == {id_ for id_ in graph if not blocked(id_)}
    assert not simulation.scheduler.busy


class Operations(RuleBasedStateMachine):
    """Anything a client can ask for, in any order. A move that is not in the tables raises KeyError."""

    def __init__(self) -> None:
        super().__init__()
        self.simulation = Simulation(self.behave)
        self.scheduler = self.simulation.scheduler
        self.pool = add_pool(self.simulation, nodes=2, slots=3, startTask={"commandLine": "x"})
        self.counter = 0

    def behave(self, run: Run) -> tuple[float, Outcome]:
        return float(run.number % 5), Outcome(int(run.number % 7 == 0))

    def jobs(self, *states: str) -> list[Job]:
        return [job for job in self.scheduler.jobs.values() if job.state in states]

    def tasks(self, *states: str) -> list[Task]:
        return [
            task for job in self.jobs("active", "disabling", "disabled") for task in job.tasks if task.state in states
        ]

    @rule(prepared=st.booleans(), priority=st.integers(-2, 2), limit=st.sampled_from([None, "PT20S"]))
    def add_job(self, prepared: bool, priority: int, limit: str | None) -> None:
        self.counter += 1
        body: dict[str, Any] = {"priority": priority, "onTaskFailure": "performexitoptionsjobaction"}
        if limit:
            body["constraints"] = {"maxWallClockTime": limit, "maxTaskRetryCount": 1}
        if prepared:
            body |= {"jobPreparationTask": {"commandLine": "x"}, "jobReleaseTask": {"commandLine": "y"}}
        add_job(self.simulation, f"j{self.counter}", **body)

    @rule(amount=st.integers(1, 6), slots=st.integers(1, 3), action=st.sampled_from(["none", "disable", "terminate"]))
    def add_tasks(self, amount: int, slots: int, action: str) -> None:
        for job in self.jobs("active", "disabled")[:1]:
            self.counter += amount
            conditions = {"default": {"jobAction": action}}
            bodies = [
                after(f"t{self.counter + n - 3}", id=f"t{self.counter + n}", requiredSlots=slots,
                      exitConditions=conditions)
                for n in range(amount)
                if f"t{self.counter + n}" not in job.by_key
            ]  # fmt: skip
            add_tasks(self.simulation, job, bodies)

    @rule(events=st.integers(1, 10))
    def pass_time(self, events: int) -> None:
        for _ in range(events):
            self.simulation.step()

    @rule(option=st.sampled_from(["requeue", "terminate", "wait"]))
    def disable(self, option: Any) -> None:
        for job in self.jobs("active", "disabling", "disabled")[:1]:
            job.disable_tasks = option
            self.scheduler.disable_job(self.simulation.now, job)

    @rule()
    def enable(self) -> None:
        for job in self.jobs("disabled")[:1]:
            self.scheduler.enable_job(self.simulation.now, job)

    @rule()
    def arm(self) -> None:
        for job in self.jobs("active", "disabled")[:1]:
            job.body["onAllTasksComplete"] = "terminatejob"
            self.scheduler.update_job(self.simulation.now, job)

    @rule()
    def terminate(self) -> None:
        for job in self.jobs("active", "disabling", "disabled")[-1:]:
            self.scheduler.terminate_job(self.simulation.now, job, "UserTerminate")

    @rule()
    def delete(self) -> None:
        for job in self.jobs("active", "disabling", "disabled", "terminating", "completed")[-1:]:
            self.scheduler.delete_job(self.simulation.now, job)

    @rule(place=st.integers(0, 50), event=st.sampled_from(["delete", "terminate", "reactivate"]))
    def change_task(self, place: int, event: str) -> None:
        states = ("completed",) if event == "reactivate" else ("active", "preparing", "running")
        tasks = [task for task in self.tasks(*states) if task.result != "success"]
        if tasks:
            getattr(self.scheduler, f"{event}_task")(self.simulation.now, tasks[place % len(tasks)])

    @rule(nodes=st.integers(0, 3), option=st.sampled_from(["requeue", "terminate", "taskcompletion"]))
    def resize(self, nodes: int, option: str) -> None:
        if self.pool.allocation == "steady":
            self.scheduler.resize_pool(self.simulation.now, self.pool, nodes, 0, option)

    @rule(event=st.sampled_from(["reboot", "reimage"]), option=st.sampled_from(["requeue", "terminate"]))
    def restart(self, event: str, option: str) -> None:
        for node in list(self.pool.nodes.values())[:1]:
            if node.state in ("idle", "running", "starttaskfailed"):
                self.scheduler.restart_node(self.simulation.now, node, event, option)

    @invariant()
    def counts_agree_with_states(self) -> None:
        for job in self.scheduler.jobs.values():
            assert (values(job.counts), values(job.slot_counts)) == recounted(job)

    @invariant()
    def slots_are_never_exceeded(self) -> None:
        for node in self.pool.nodes.values():
            assert 0 <= node.free == self.pool.slots - sum(task.slots for task in node.tasks)

    @invariant()
    def changes_are_in_order_of_time(self) -> None:
        for job in self.scheduler.jobs.values():
            times = [task.state_time for task in job.moved]
            assert times == sorted(times)
            assert set(job.moved) == set(job.tasks)

    def teardown(self) -> None:
        self.simulation.run()
        assert not self.scheduler.busy
        assert not self.jobs("disabling", "enabling", "terminating", "deleting")


TestOperations = Operations.TestCase
TestOperations.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
