"""Laws of job schedules, whatever is done to them and to their jobs, and however time passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.workload import add_pool, add_schedule, add_tasks, recounted, values

if TYPE_CHECKING:
    from batchspec.emulator.engine.commands import Run
    from batchspec.emulator.engine.records import Job, Schedule

DAY = "1970-01-01T00:{:02}:{:02}.0000000Z"

moments = st.integers(0, 3000).map(lambda second: DAY.format(second // 60, second % 60))
durations = st.integers(60, 400).map(lambda seconds: f"PT{seconds}S")
timings = st.fixed_dictionaries(
    {},
    optional={
        "recurrenceInterval": durations,
        "startWindow": durations,
        "doNotRunUntil": moments,
        "doNotRunAfter": moments,
    },
)
specifications = st.fixed_dictionaries(
    {},
    optional={
        "jobManagerTask": st.fixed_dictionaries(
            {"id": st.just("m"), "commandLine": st.just("x")},
            optional={"killJobOnCompletion": st.booleans(), "runExclusive": st.booleans()},
        ),
        "onAllTasksComplete": st.sampled_from(["noaction", "terminatejob"]),
        "constraints": st.just({"maxWallClockTime": "PT5M", "maxTaskRetryCount": 1}),
    },
)


def open_jobs(schedule: Schedule) -> list[Job]:
    return [job for job in schedule.jobs.values() if job.state != "completed"]


class Operations(RuleBasedStateMachine):
    """Anything a client can ask for, in any order. A move that is not in the tables raises KeyError."""

    def __init__(self) -> None:
        super().__init__()
        self.simulation = Simulation(self.behave)
        self.scheduler = self.simulation.scheduler
        self.pool = add_pool(self.simulation, nodes=2, slots=2)
        self.counter = 0

    def behave(self, run: Run) -> tuple[float, Outcome]:
        return float(run.number % 7) * 25, Outcome(int(run.number % 5 == 0))

    def schedules(self, *states: str) -> list[Schedule]:
        return [schedule for schedule in self.scheduler.schedules.values() if schedule.state in states]

    def jobs(self, *states: str) -> list[Job]:
        return [job for job in self.scheduler.jobs.values() if job.state in states]

    @rule(times=timings, job=specifications)
    def add(self, times: dict[str, str], job: dict[str, Any]) -> None:
        self.counter += 1
        add_schedule(self.simulation, f"s{self.counter}", {"poolInfo": {"poolId": "p"}, **job}, **times)

    @rule(seconds=st.floats(0, 500))
    def pass_time(self, seconds: float) -> None:
        self.simulation.run_until(self.simulation.now + seconds)

    @rule(seconds=st.floats(0, 5000))
    def jump(self, seconds: float) -> None:
        """All at once: what would have happened on the way did not."""
        self.simulation.now += seconds
        self.scheduler.clock(self.simulation.now)

    @rule(place=st.integers(0, 9), event=st.sampled_from(["disable", "enable", "terminate", "delete", "disable"]))
    def change(self, place: int, event: str) -> None:
        states = {"disable": ("active",), "enable": ("disabled",), "terminate": ("active", "disabled")}
        every = ("active", "disabled", "terminating", "completed")
        if found := self.schedules(*states.get(event, every)):
            getattr(self.scheduler, f"{event}_schedule")(self.simulation.now, found[place % len(found)])

    @rule(place=st.integers(0, 9), times=timings)
    def update(self, place: int, times: dict[str, str]) -> None:
        if found := self.schedules("active", "disabled"):
            schedule = found[place % len(found)]
            schedule.body = {**schedule.body, "schedule": times}
            self.scheduler.update_schedule(self.simulation.now, schedule, times=True)

    @rule(place=st.integers(0, 9), event=st.sampled_from(["terminate", "delete", "disable", "enable", "tasks"]))
    def change_job(self, place: int, event: str) -> None:
        found = self.jobs("disabled") if event == "enable" else self.jobs("active")
        if not found:
            return
        job, now = found[place % len(found)], self.simulation.now
        if event == "tasks":
            self.counter += 1
            add_tasks(self.simulation, job, [{"id": f"t{self.counter}"}])
        elif event == "terminate":
            self.scheduler.terminate_job(now, job, "UserTerminate")
        elif event == "disable":
            job.disable_tasks = "requeue"
            self.scheduler.disable_job(now, job)
        else:
            getattr(self.scheduler, f"{event}_job")(now, job)

    @rule(nodes=st.integers(0, 3), option=st.sampled_from(["requeue", "terminate", "taskcompletion"]))
    def resize(self, nodes: int, option: str) -> None:
        if self.pool.allocation == "steady":
            self.scheduler.resize_pool(self.simulation.now, self.pool, nodes, 0, option)

    @invariant()
    def no_schedule_has_two_jobs_at_a_time(self) -> None:
        for schedule in self.scheduler.schedules.values():
            assert len(open_jobs(schedule)) <= 1

    @invariant()
    def an_active_schedule_never_lets_a_chance_lie_open(self) -> None:
        for schedule in self.schedules("active"):
            assert schedule.due is None or open_jobs(schedule)
            assert open_jobs(schedule) or schedule.next_run is not None or schedule.interval is not None

    @invariant()
    def what_is_over_makes_no_jobs_and_has_none(self) -> None:
        for schedule in self.schedules("completed"):
            assert (schedule.due, schedule.next_run, open_jobs(schedule)) == (None, None, [])

    @invariant()
    def the_next_run_is_to_come_and_allowed(self) -> None:
        for schedule in self.schedules("active"):
            if schedule.next_run is not None:
                assert schedule.next_run > self.simulation.now
                assert schedule.until is None or schedule.next_run <= schedule.until

    @invariant()
    def a_schedule_knows_its_jobs(self) -> None:
        known = {job.id for schedule in self.scheduler.schedules.values() for job in schedule.jobs.values()}
        assert known == {job.id for job in self.scheduler.jobs.values()}

    @invariant()
    def slots_and_counts_are_right(self) -> None:
        for node in self.pool.nodes.values():
            alone = any(
                task.job.manager is task and task.job.body["jobManagerTask"].get("runExclusive") is not False
                for task in node.tasks
            )
            used = self.pool.slots if alone else sum(task.slots for task in node.tasks)
            assert (node.free, len(node.tasks) > 1 and alone) == (self.pool.slots - used, False)
        for job in self.scheduler.jobs.values():
            assert (values(job.counts), values(job.slot_counts)) == recounted(job)

    def teardown(self) -> None:
        for schedule in self.schedules("active", "disabled", "terminating", "completed"):
            self.scheduler.delete_schedule(self.simulation.now, schedule)
        self.simulation.run()
        assert not self.scheduler.schedules
        assert not self.scheduler.jobs
        assert not self.scheduler.busy


TestOperations = Operations.TestCase
TestOperations.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


@given(st.integers(60, 600), st.integers(0, 3000), st.lists(st.integers(1, 900), max_size=12))
def test_every_job_is_made_on_the_grid_or_when_the_one_before_it_ends(
    interval: int, start: int, lasting: list[int]
) -> None:
    simulation = Simulation(lambda run: (float(([*lasting, 5])[min(run.number - 1, len(lasting))]), Outcome(0)))
    add_pool(simulation)

    schedule = add_schedule(
        simulation, doNotRunUntil=DAY.format(start // 60, start % 60), recurrenceInterval=f"PT{interval}S"
    )
    simulation.run_until(8000)

    made = list(schedule.jobs.values())
    ends = [start, *(job.end_time for job in made)]
    assert made
    assert made[0].created == start
    for job, end_before in zip(made, ends, strict=False):
        assert (job.created - start) % interval == 0 or job.created == end_before
        assert end_before is not None
        assert job.created >= end_before
