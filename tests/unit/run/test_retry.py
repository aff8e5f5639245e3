from __future__ import annotations

from collections.abc import Iterator

import pytest

from batchspec.errors import Busy, Conflict, NotFound, Refused, ServiceError, Unauthorized, Unreachable
from batchspec.run.events import Waiting
from batchspec.run.retry import Patience, Retry, heard, quietly
from tests.support.fakes import FakeClock


class Flaky:
    """Fails with the errors given, one after the other, and then answers."""

    def __init__(self, *errors: ServiceError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def retry(jitter: float = 0.5, patience: Patience = Patience()) -> Retry:  # noqa: B008  # frozen
    return Retry(FakeClock(), lambda: jitter, patience)


def test_a_busy_service_is_asked_again_later_and_later() -> None:
    policy = retry(jitter=1.0)

    waits = list(policy.ask("x", Flaky(*[Busy("busy")] * 8)))

    assert [wait.seconds for wait in waits] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert waits[0] == Waiting("x", 1.0, "busy")


def test_retry_after_is_honoured_and_never_undercut() -> None:
    policy = retry()

    (wait,) = policy.ask("x", Flaky(Busy("busy", retry_after=7.0)))

    assert 7.0 <= wait.seconds <= 8.0


def test_a_wait_that_would_outlast_our_patience_is_not_begun() -> None:
    policy = retry()

    with pytest.raises(Busy):
        quietly(policy.ask("x", Flaky(Busy("busy", retry_after=3600.0))))

    assert policy.clock.monotonic() == 0.0


def test_a_service_that_never_answered_is_given_up_within_seconds() -> None:
    policy = retry()

    with pytest.raises(Unreachable):
        quietly(policy.ask("x", Flaky(*[Unreachable("refused")] * 100)))

    assert policy.clock.monotonic() <= policy.patience.first


def test_a_service_that_has_answered_is_waited_for_longer() -> None:
    policy = retry()
    quietly(policy.ask("x", Flaky()))

    with pytest.raises(Unreachable):
        quietly(policy.ask("x", Flaky(*[Unreachable("reset")] * 100)))

    assert policy.patience.first < policy.clock.monotonic() <= policy.patience.reach


@pytest.mark.parametrize("kind", [Refused, NotFound, Conflict, Unauthorized])
def test_what_asking_again_does_not_mend_is_raised_at_once(kind: type[ServiceError]) -> None:
    flaky = Flaky(kind("no"))

    with pytest.raises(kind):
        quietly(retry().ask("x", flaky))

    assert flaky.calls == 1


def test_a_listing_that_breaks_off_is_told_from_its_beginning_again() -> None:
    policy, failures = retry(), [Unreachable("reset"), Busy("busy")]
    quietly(policy.ask("x", Flaky()))

    def listing() -> Iterator[int]:
        yield 1
        if failures:
            raise failures.pop()
        yield 2

    steps = list(policy.each("list", listing))

    assert [step for step in steps if isinstance(step, int)] == [1, 1, 1, 2]
    assert [step.reason for step in steps if isinstance(step, Waiting)] == ["busy", "reset"]


def test_a_listing_that_cannot_begin_is_given_up() -> None:
    def listing() -> Iterator[int]:
        raise NotFound("no")

    with pytest.raises(NotFound):
        list(retry().each("list", listing))


def test_who_tells_nothing_on_the_way_lets_its_waits_be_heard_as_long_as_somebody_listens() -> None:
    waits: list[Waiting] = []

    with heard(waits.append):
        quietly(retry().ask("x", Flaky(Busy("busy"))))
    quietly(retry().ask("y", Flaky(Busy("busy"))))

    assert [wait.what for wait in waits] == ["x"]
