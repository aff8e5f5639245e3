"""One spec through its life: commands, undisturbed or not, the laws after them, and what has happened so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from threading import Timer

from azure.storage.blob import BlobServiceClient

from tests.faults.commands import Command, Ended
from tests.faults.laws import Once, Told, check_done, check_plan, check_settled, check_verdict
from tests.faults.proxy import Judge
from tests.faults.scene import Scene
from tests.faults.seen import Job, Seen, seen
from tests.faults.wanted import Lives, Wanted

PATIENCE = {True: 3.0, False: 0.6}  # seconds that a command waits for the gate, which has other things to do or not
LONGEST = 120.0  # seconds that a command may take
YES = ("apply", "{}", "--yes", "--no-follow")


class Life:
    """One life. before: the specs that it has had; trace: what has happened, and with `verbose` what was said."""

    def __init__(self, of: Scene, blobs: BlobServiceClient, seed: int, *, verbose: bool = False) -> None:
        self.of, self.blobs, self.verbose = of, blobs, verbose
        self.random = Random(seed)
        self.lives = Lives(self.random)
        folder = of.commands.folder / f"life-{seed}"
        folder.mkdir()
        self.wanted = Wanted(str(seed), folder)
        self.once = Once(self.wanted)
        self.before: list[Wanted] = []
        self.trace: list[str] = []

    def apply(self, *more: str) -> None:
        """An apply that nobody disturbs, and all that is known of it."""
        before, told = self.planned()
        ended = self.run(*YES, *more)
        after = self.look()
        if overtaken(ended):
            return  # there is more to do
        assert ended.code in (0, 5), ended.output
        job_id = told.job_id
        if self.wanted.job_then == "delete":
            self.once.unseen(self.wanted)
        check_done(before, after, self.wanted, told)
        if "--no-wait" not in more:
            check_verdict(self.wanted, after, job_id, ended.code, mended=self.mended.exists())
        self.once.look(after)
        self.check_nothing_left(before.jobs.get(job_id))

    def check_nothing_left(self, before: Job | None = None) -> None:
        """The work has been done as it was told: what on_finish asks for may still come."""
        now, told = self.planned()
        job_id, job = now.run(self.wanted)
        if job is None or (self.wanted.job_then == "delete" and job.over):  # the one before, or none
            return
        same = before is not None and before.made == job.made
        if same and job.over and self.wanted.tasks.keys() - job.tasks.keys():
            return  # it ended by itself before all was done, and takes no more
        check_settled(self.wanted, now, job_id)
        due = job.over and any("on_finish" in reason for one in told.changes for reason in one["reasons"])
        assert due or not told.changes or self.look() != now, f"there are changes after an apply: {told}"

    @property
    def mended(self) -> Path:
        return self.wanted.folder / "mended"

    @property
    def gate(self) -> Path:
        return self.wanted.folder / "gate"

    def look(self) -> Seen:
        return seen(self.of.client, self.blobs, self.wanted.n)

    def planned(self) -> tuple[Seen, Told]:
        """What is live, and a plan of it that is right: nothing has happened meanwhile by itself."""
        for _ in range(5):
            before = self.look()
            self.once.look(before)
            ended = self.run("plan", "{}", "--format", "json", "--exit-code")
            assert ended.code in (0, 3, 4), ended.output
            told = Told.of(ended.code, ended.output)
            if still(before, self.look()):
                break
        self.trace.append(f"    {told}")
        assert (ended.code == 3) == (bool(told.changes) and not told.plan["problems"]), told
        check_plan(self.wanted, before, told)
        return before, told

    def check_untouched(self, before: Seen, ended: Ended) -> None:
        after = self.look()
        same = after.pools == before.pools and after.jobs == before.jobs
        assert same, f"{ended.output}\n{before}\n{after}"

    def run(
        self, *line: str, judge: Judge | None = None, how: Callable[[Command], None] | None = None, judged: bool = False
    ) -> Ended:
        """A command to its end."""
        started: list[Command] = []
        if not judged:
            self.of.proxy.judge(judge or (lambda _request: None), lambda: hit(started, how))
        started.append(self.start(*line, wanted=self.wanted))
        return self.wait(started[0], line)

    def start(self, *line: str, wanted: Wanted) -> Command:
        spec = self.of.commands.folder / f"spec-{wanted.n}{'' if wanted is self.wanted else '-other'}.yaml"
        fresh = spec.with_suffix(".new")
        fresh.write_text(wanted.text())
        fresh.replace(spec)  # another command may be reading it
        more = ["--results", str(wanted.folder / "results")] if line[0] == "apply" else []
        given = [spec.name if one == "{}" else one for one in line]
        return self.of.commands.start(*given, *more, environ=self.of.environ)

    def wait(self, command: Command, line: tuple[str, ...], kill: float = LONGEST) -> Ended:
        """Its end; what it waits for comes in time, and it does not hang. The gate is as before then.

        kill: after how many seconds it is killed.
        """
        shut = not self.gate.exists()
        late = time.monotonic() + LONGEST
        timers = [
            Timer(PATIENCE["--no-wait" in line], self.gate.touch),
            Every(1, self.half_a_minute, [command]),
            Timer(kill, command.kill),
        ]
        for timer in timers:
            timer.start()
        try:
            ended = command.wait()
        finally:
            for timer in timers:
                timer.cancel()
                timer.join()
        if shut:
            self.gate.unlink(missing_ok=True)
        self.trace.append(f"  {' '.join(line)} -> {ended.code}")
        if self.verbose and line[0] != "plan":
            self.trace.append(ended.output)
        assert time.monotonic() < late, f"it hangs: {ended.output}"
        return ended

    def half_a_minute(self, command: Command) -> None:
        """It goes by for the service too, when that takes no other formula before."""
        if b"half a minute after the last" in command.log.read_bytes():
            self.of.emulator.control.advance(30)


class Every(Timer):
    """Again and again until it is cancelled."""

    def run(self) -> None:
        while not self.finished.wait(self.interval):
            self.function(*self.args, **self.kwargs)


def overtaken(ended: Ended) -> bool:
    """Whether an apply was refused since things have changed by themselves while it looked: that was not agreed to."""
    return ended.code == 2 and "has changed since the plan was made, and nothing was done" in ended.output


def still(one: Seen, other: Seen) -> bool:
    """Whether nothing has changed that a plan would tell."""
    states = [{name: (job.state, job.armed, job.over) for name, job in seen.jobs.items()} for seen in (one, other)]
    return one == other and states[0] == states[1]


def hit(started: list[Command], how: Callable[[Command], None] | None) -> None:
    """A request may come before we know whose it is."""
    until = time.monotonic() + 10
    while not started and time.monotonic() < until:
        time.sleep(0.001)
    if how is not None:
        how(started[0])
