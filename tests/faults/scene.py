"""A service behind a proxy, a user's folder with a spec that has a bit of everything, and what must hold in the end."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from azure.batch import BatchServiceClient
from azure.batch.models import BatchErrorException
from typing_extensions import Self

from tests.faults.commands import Command, Commands, Ended
from tests.faults.proxy import Judge, Proxy
from tests.support.emulator import Emulator, running_emulator

CHUNK = 3  # tasks in one request
SPEC = Path(__file__).with_name("whole.yaml")
FILES = {"a.txt": "a\n", "b.txt": "b\n"}


@dataclass
class Scene:
    """One emulator, one proxy and one folder for all cases of a module."""

    emulator: Emulator
    proxy: Proxy
    commands: Commands
    client: BatchServiceClient
    cases: int = 0

    def case(self) -> Case:
        """Another case, with ids of its own."""
        self.cases += 1
        return Case(self, f"{self.cases:04}x")

    @contextmanager
    def restarted(self) -> Iterator[None]:
        """The service runs again, over its directory and on its port, until the end of the block."""
        with running_emulator(self.emulator.root, control=True) as emulator:
            assert emulator.url == self.emulator.url
            yield

    def kill_service(self) -> None:
        """SIGKILL for the service."""
        self.emulator.process.kill()
        self.emulator.process.wait()

    @property
    def environ(self) -> dict[str, str]:
        """The account, as it is reached through the proxy."""
        given = self.emulator.variables.items()
        return {name: value.replace(self.emulator.url, self.proxy.url) for name, value in given}


@contextmanager
def scene(folder: Path, *, skew: float = 0.0, hasty: bool = False) -> Iterator[Scene]:
    """All that runs, ended with the block. skew: seconds that the service's clock is ahead of ours."""
    home = folder / "home"
    home.mkdir()
    for name, text in {"spec.yaml": SPEC.read_text(), **FILES}.items():
        (home / name).write_text(text)
    with (
        running_emulator(folder / "emulator", control=True, clock_skew=skew) as emulator,
        Proxy(emulator.url, emulator.account) as proxy,
        Commands(home, CHUNK, hasty=hasty) as commands,
        emulator.batch() as client,
    ):
        yield Scene(emulator, proxy, commands, client)


@dataclass
class Case:
    """The spec with ids of its own. given: its parameters from now on."""

    of: Scene
    n: str
    given: dict[str, str] = field(default_factory=dict)
    run: int = 1  # which run of the job is the one to check

    def __enter__(self) -> Self:
        return self

    @property
    def home(self) -> Path:
        return self.of.commands.folder

    @property
    def ran(self) -> Path:
        return self.home / f"ran-{self.n}"

    @property
    def results(self) -> Path:
        return self.home / f"results-{self.n}"

    @property
    def gate(self) -> Path:
        return self.home / f"gate-{self.n}"

    @property
    def pool_id(self) -> str:
        return f"p-{self.n}{self.given.get('pool', '')}"

    @property
    def job_id(self) -> str:
        return f"j-{self.n}" if self.run == 1 else f"j-{self.n}-{self.run}"

    def parameters(self) -> list[str]:
        """As options of a command."""
        given = {"n": self.n, "ran": str(self.ran), **self.given}
        return [part for name, value in given.items() for part in ("-p", f"{name}={value}")]

    def start(self, *more: str, limit: int | None = None, hasty: bool = False) -> Command:
        """`batchspec apply`, beside the test."""
        return self.of.commands.start(
            "apply", "spec.yaml", "--no-follow", "--results", str(self.results), *self.parameters(), *more,
            environ=self.of.environ, limit=limit, hasty=hasty,
        )  # fmt: skip

    def apply(self, *more: str, hasty: bool = False) -> Ended:
        """`batchspec apply` to its end, undisturbed."""
        self.of.proxy.judge()
        return self.start(*more, hasty=hasty).wait()

    def destroy(self) -> Command:
        """`batchspec destroy`, beside the test."""
        given = "destroy", "spec.yaml", "--yes", *self.parameters()
        return self.of.commands.start(*given, environ=self.of.environ)

    def killed(self, judge: Judge, *more: str) -> bool:
        """`batchspec apply`, killed at the request that the judge names; whether it was."""
        return self.killed_in(lambda: self.start(*more), judge)

    def killed_in(self, start: Callable[[], Command], judge: Judge) -> bool:
        """The same of any command."""
        running: Future[Command] = Future()  # a request may come before we know whose it is
        self.of.proxy.judge(judge, lambda: running.result(10).kill())
        running.set_result(start())
        ended = running.result().wait()
        self.of.proxy.settle()
        assert ended.code == (-9 if self.of.proxy.hit else 0), ended.output
        return self.of.proxy.hit is not None

    def check(self, *ran: str, starts: int = 1) -> None:
        """The work is done: every task has run once, all is home, and there is no more to do."""
        assert Counter(self.ran.read_text().split()) == Counter([*["start"] * starts, *ran])
        job = self.of.client.job.get(self.job_id)
        assert (job.state, job.on_all_tasks_complete) == ("completed", "terminatejob")
        self.check_home()
        self.check_settled()

    def check_home(self) -> None:
        """The outputs are here, whole, and nothing else is."""
        word, text = self.given.get("word", ""), "a\nb\n" + "\0" * int(self.given.get("size", 0))
        home = {str(path.relative_to(self.results)): path.read_text() for path in self.results.rglob("*.*")}
        names = f"first/sum{word}.txt", f"last/copy{word}.txt"
        assert home == {f"{self.job_id}/{name}": text for name in names}

    def check_settled(self) -> None:
        """There is one pool and one job of these ids, and nothing is left to do."""
        self.of.proxy.judge()
        plan = self.of.commands.run("plan", "spec.yaml", "--exit-code", *self.parameters(), environ=self.of.environ)
        assert plan.code == 0, plan.output
        assert "no changes" in plan.output
        self.check_alone()

    def check_alone(self) -> None:
        """There is no second pool and no job too many."""
        assert [pool.id for pool in self.of.client.pool.list() if self.n in pool.id] == [self.pool_id]
        jobs = [job.id for job in self.of.client.job.list() if self.n in job.id]
        assert jobs == [f"j-{self.n}", self.job_id][-self.run :]

    def await_running(self, task_id: str) -> None:
        """Return once a task runs."""
        until = time.monotonic() + 20
        while self._state(task_id) != "running":
            assert time.monotonic() < until, "it does not run"
            time.sleep(0.02)

    def _state(self, task_id: str) -> str:
        try:
            return str(self.of.client.task.get(self.job_id, task_id).state.value)
        except BatchErrorException:
            return ""

    def starts(self) -> int:
        """How often a node has run its start task."""
        return self.ran.read_text().split().count("start")

    def forget(self) -> None:
        """What has run so far, and its results where there are any, no longer count."""
        self.ran.unlink()
        if self.results.exists():
            shutil.rmtree(self.results)

    def stored(self) -> set[str]:
        """The outputs of the job that are in storage."""
        prefix = f"outputs/{self.job_id}/tasks/"
        with self.of.emulator.blobs() as blobs, blobs.get_container_client(f"c-{self.n}") as container:
            return {name.removeprefix(prefix) for name in container.list_blob_names(name_starts_with=prefix)}

    def __exit__(self, *_: object) -> None:
        """Take away what there is: it would slow down the cases that follow."""
        client = self.of.client
        for delete, name in (
            (client.job_schedule.delete, self.job_id),
            (client.job.delete, self.job_id),
            (client.pool.delete, self.pool_id),
        ):
            with suppress(BatchErrorException):
                delete(name)
