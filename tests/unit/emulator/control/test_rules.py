"""Which request a rule is due on, and which rules are taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.control.ledger import KEPT, Ledger
from batchspec.emulator.control.rules import BadRule, Rule, meet, read_rules

BUSY = {"kind": "503"}


def hits(rule: dict[str, Any], amount: int) -> list[int]:
    """The requests of so many that a rule takes effect on."""
    rules = read_rules([BUSY | rule])
    return [n for n in range(1, amount + 1) if meet(rules, "batch", "GET", "/pools")]


WHICH: dict[str, tuple[dict[str, Any], list[int]]] = {
    "all": ({}, [1, 2, 3, 4, 5, 6, 7]),
    "one": ({"nth": 3}, [3]),
    "each third": ({"every": 3}, [3, 6]),
    "some": ({"from": 3, "to": 5}, [3, 4, 5]),
    "from one on": ({"from": 6}, [6, 7]),
    "the first ones": ({"times": 2}, [1, 2]),
    "some of each second": ({"every": 2, "times": 2}, [2, 4]),
}


@pytest.mark.parametrize("case", WHICH)
def test_a_rule_says_which_requests_it_is_for(case: str) -> None:
    rule, expected = WHICH[case]

    assert hits(rule, 7) == expected


@given(st.integers(1, 50), st.integers(0, 60))
def test_nth_is_for_the_kth_request_and_only_it(k: int, amount: int) -> None:
    assert hits({"nth": k}, amount) == ([k] if k <= amount else [])


REQUESTS = st.tuples(st.sampled_from(["batch", "blob"]), st.sampled_from(["GET", "PUT"]), st.sampled_from(["/a", "/b"]))


@given(st.integers(1, 5), REQUESTS, st.lists(REQUESTS, max_size=30))
def test_requests_that_do_not_fit_do_not_count(k: int, wanted: tuple[Any, str, str], made: list[Any]) -> None:
    service, method, path = wanted
    rules = read_rules([BUSY | {"service": service, "method": method, "path": f"^{path}$", "nth": k}])

    met = [n for n, request in enumerate(made) if meet(rules, *request)]

    assert met == [n for n, request in enumerate(made) if request == wanted][k - 1 : k]
    assert rules[0].seen == made.count(wanted)


@given(st.lists(st.integers(1, 5), max_size=5), st.integers(0, 10))
def test_the_first_rule_that_is_due_takes_effect_and_all_count(firsts: list[int], amount: int) -> None:
    rules = read_rules([BUSY | {"from": first} for first in firsts])

    met: list[Rule | None] = [meet(rules, "blob", "GET", "/") for _ in range(amount)]

    for n, rule in enumerate(met, 1):
        due = [other for other, first in zip(rules, firsts, strict=True) if first <= n]
        assert rule is (due[0] if due else None)
    assert [rule.seen for rule in rules] == [amount] * len(rules)
    assert sum(rule.fired for rule in rules) == sum(rule is not None for rule in met)


BAD: dict[str, tuple[Any, str]] = {
    "no list": (BUSY, "must be a list"),
    "no object": ([1], "rule 0: it must be an object"),
    "no kind": ([BUSY, {}], 'rule 1: "kind" must be'),
    "a success": ([{"kind": "200"}], '"kind" must be'),
    "an unknown member": ([{"kind": "500", "status": 500}], 'no member "status"'),
    "two ways": ([BUSY | {"nth": 1, "from": 2}], "give one of"),
    "an end alone": ([BUSY | {"to": 2}], "give one of"),
    "zero": ([BUSY | {"nth": 0}], '"nth" must be a number from 1 up'),
    "half": ([BUSY | {"every": 1.5}], '"every" must be a whole number'),
    "a flag": ([BUSY | {"times": True}], '"times" must be a number'),
    "for ever": ([{"kind": "delay", "seconds": float("inf")}], '"seconds" must be a number'),
    "no time": ([{"kind": "slow"}], '"seconds" must be given'),
    "a service": ([BUSY | {"service": "queue"}], '"service" must be'),
    "a path": ([BUSY | {"path": "["}], "no regular expression"),
    "no path": ([BUSY | {"path": 1}], "no regular expression"),
    "a header in a code": ([BUSY | {"code": "a\r\nb"}], "printable"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_rule_that_makes_no_sense_is_refused(case: str) -> None:
    body, said = BAD[case]

    with pytest.raises(BadRule) as refusal:
        read_rules(body)

    assert said in str(refusal.value)


def test_the_log_is_bounded_and_its_numbers_go_on() -> None:
    ledger = Ledger()
    for _ in range(KEPT + 5):
        ledger.admit("batch", "GET", "/pools")

    document = ledger.document()

    assert document["count"] == KEPT + 5
    assert [entry["number"] for entry in document["requests"]] == list(range(6, KEPT + 6))


def test_new_rules_begin_to_count_at_one() -> None:
    ledger = Ledger(read_rules([BUSY | {"nth": 2}]))
    ledger.admit("batch", "GET", "/")

    ledger.restart(read_rules([BUSY | {"nth": 2}]))
    met = [ledger.admit("batch", "GET", "/") for _ in range(2)]

    assert [(entry.number, entry.fault) for entry, _ in met] == [(1, None), (2, "503")]
