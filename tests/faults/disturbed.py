"""Commands of a life that are killed, interrupted, or meet a fault, and two at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from tests.faults.commands import Command
from tests.faults.judges import kth
from tests.faults.laws import CODES
from tests.faults.life import LONGEST, YES, Life, overtaken
from tests.faults.proxy import KINDS

T = TypeVar("T")

QUICK = [kind for kind in KINDS if kind != "timeout"]  # an answer that does not come is waited for in real time
NOW = (*YES, "--no-wait")
APPLIES: dict[tuple[str, ...], int] = {YES: 2, NOW: 6, (*NOW, "--force"): 4, (*YES, "--rerun"): 2}
OTHERS: dict[tuple[str, ...], int] = {
    ("destroy", "{}", "--yes"): 3,
    ("cancel", "{}", "--yes"): 1,
    ("retry", "{}", "--yes"): 1,
}
ALL: dict[tuple[str, ...], int] = {**APPLIES, **OTHERS}


def one_of(life: Life, weights: Mapping[T, int]) -> T:
    return life.random.choices(list(weights), list(weights.values()))[0]


def killed(life: Life) -> None:
    disturbed(life, f"kill {life.random.choice(['before', 'after'])}", Command.kill)


def interrupted(life: Life) -> None:
    disturbed(life, "kill after", Command.interrupt)


def faulty(life: Life) -> None:
    """A request that is refused or not answered is made again; it is as if it had been."""
    kind, k, before = life.random.choice(QUICK), life.random.randint(1, 30), life.look()
    life.of.proxy.judge(kth(k, kind))
    ended = life.run(*YES, *life.random.choice([(), ("--no-wait",)]), judged=True)
    life.trace.append(f"  {kind} at {k}: {life.of.proxy.hit}")
    if overtaken(ended):
        return
    assert ended.code in (0, 5), ended.output
    life.once.unseen(life.wanted)
    life.check_nothing_left(before.run(life.wanted)[1])


def disturbed(life: Life, fault: str, how: Callable[[Command], None]) -> None:
    k, by_change = life.random.choice([(life.random.randint(1, 12), True), (life.random.randint(1, 45), False)])
    line = one_of(life, ALL)
    if line[0] == "retry":
        life.once.again()

    def judge(request: object) -> str | None:
        at = vars(request)["change" if by_change else "number"]
        return fault if at == k else None

    ended = life.run(*line, judge=judge, how=how)
    life.trace.append(f"  {fault} {how.__name__} at {k}: {life.of.proxy.hit}")
    life.of.proxy.judge()
    assert ended.code in CODES | {-9}, ended.output
    life.once.unseen(life.wanted)


def two(life: Life) -> None:
    """Two at once, of the same spec or of two."""
    other = life.wanted
    if life.random.random() < 0.5:
        name, other = life.lives.edit(life.wanted)
        life.trace.append(f"  the other: {name}")
        life.before.append(other)
    lines = [one_of(life, APPLIES), one_of(life, ALL)]
    if lines[1][0] == "retry":
        life.once.again()
    _, told = life.planned()
    needs, codes = any(one["needs_agreement"] for one in told.changes), set[int]()
    life.of.proxy.judge()
    started = [life.start(*line, wanted=one) for line, one in zip(lines, (life.wanted, other), strict=True)]
    kills = life.random.uniform(0.1, 1) if life.random.random() < 0.3 else LONGEST, LONGEST
    for command, line, kill in zip(started, lines, kills, strict=True):
        ended = life.wait(command, line, kill)
        codes.add(ended.code)
        assert ended.code in CODES | {-9}, ended.output
    for one in (life.wanted, other):
        life.once.unseen(one)
    same = other == life.wanted and all(line[0] == "apply" and "--rerun" not in line for line in lines)
    if same and -9 not in codes:
        assert needs or codes <= {0, 5}, codes  # what is the same is shared
        life.apply("--no-wait", "--force")
