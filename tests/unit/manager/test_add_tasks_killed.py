"""However often the script is killed, and whatever fails: each task is there once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.manager import add_tasks
from tests.support.waiting import until
from tests.unit.manager.script import Hurried, as_process, run, tasks
from tests.unit.manager.service import KINDS, Service, serving, stored


class Killed(BaseException):
    """The process ends here."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 330),
    faults=st.dictionaries(st.integers(1, 12), st.sampled_from(KINDS), max_size=4),
    kills=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=3),
    largest=st.sampled_from((100, 40)),
)
def test_whatever_fails_and_whenever_it_is_killed_each_task_is_there_once(
    count: int,
    faults: dict[int, str],
    kills: list[tuple[int, bool]],
    largest: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = stored(tmp_path / "tasks.gz", tasks(count))
    monkeypatch.setattr(add_tasks, "time", Hurried())
    once = add_tasks.Host._once
    with serving(Service(faults, largest=largest, page=70)) as service:
        for at, done in kills:
            left = iter(range(at, -1, -1))

            def dying(self: Any, *given: Any, left: Iterator[int] = left, done: bool = done) -> Any:
                if next(left, 0) > 0:
                    return once(self, *given)
                if done:  # the request was carried out, and nobody was there to hear of it
                    once(self, *given)
                raise Killed

            with monkeypatch.context() as patched:
                patched.setattr(add_tasks.Host, "_once", dying)
                try:
                    code = run(service, path)
                except Killed:
                    code = -9
                except (OSError, HTTPException):
                    code = -9  # the answer was lost to somebody who was killed
            assert code in (0, -9)
        code = run(service, path)

    assert code == 0
    assert service.adds == {task["id"]: 1 for task in tasks(count)}
    assert service.ended is None


class _Stalling(Service):
    """Carries the k-th request out, and is not heard of again until somebody looks."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at, self.stalled = at, True

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
        found = super().answer(method, target, body)
        if self.stalled and len(self.requests) >= self.at:
            self.faults[len(self.requests)] = "lost"
        return found


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_killed_for_real_at_a_request_and_run_again_each_task_is_there_once(tmp_path: Path, at: int) -> None:
    path = stored(tmp_path / "tasks.gz", tasks(250))
    service = _Stalling(at)
    with serving(service):
        process = as_process(service, path)
        until(lambda: len(service.requests) >= at)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=20)
        service.stalled = False
        again = as_process(service, path)
        _, err = again.communicate(timeout=40)

    assert (again.returncode, err) == (0, "")
    assert service.adds == {task["id"]: 1 for task in tasks(250)}
