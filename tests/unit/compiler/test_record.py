"""The record of a request body: another hash for a field that is another, and the same for one only told otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from batchspec.compiler import ends
from batchspec.compiler.record import record, recorded
from batchspec.ports import FINGERPRINT_KEY
from tests.support.fakes import EPOCH
from tests.support.imports import rendered
from tests.support.wire_values import NEW, ROOTS, smallest, whole

MINE = "https://mine.blob.core.windows.net/files"
LATER = EPOCH.replace(year=2027)
HELD = ends.Ends(2, 0, idle=True)


def pool(container: str | None = MINE, salt: str = "p", **members: Any) -> dict[str, str]:
    """The record of a small pool with more members, by field."""
    document = {**smallest(ROOTS["pool"]), **members}
    made = rendered(document).pool
    assert made is not None
    made.body.metadata = None  # our marks: a record is made before there are any
    return recorded({FINGERPRINT_KEY: record(made.body, container, salt)})


def start(**members: Any) -> dict[str, Any]:
    return {"startTask": {"commandLine": "ls", **members}}


def file(url: str) -> dict[str, Any]:
    return start(resourceFiles=[{"httpUrl": url, "filePath": "f"}])


def settings(*names: str) -> dict[str, Any]:
    return start(environmentSettings=[{"name": name, "value": name.lower()} for name in names])


def formula(moment: ends.Moment) -> dict[str, Any]:
    return {"enableAutoScale": True, "autoScaleFormula": ends.formula(HELD, moment)}


def account(*words: str) -> dict[str, Any]:
    return {"userAccounts": [{"name": f"u{at}", "password": word} for at, word in enumerate(words)]}


def registry(**members: Any) -> dict[str, Any]:
    return start(containerSettings={"imageName": "i", "registry": members})


OTHER = "https://other.blob.core.windows.net/files"
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "the same": (start(), start(), set()),
    "another command": (start(), start(commandLine="pwd"), {"start_task"}),
    "nothing more": ({**start(), "displayName": "x"}, start(), {"display_name"}),
    "the order of settings": (settings("A", "B"), settings("B", "A"), set()),
    "another setting": (settings("A"), settings("A", "B"), {"start_task"}),
    "a formula of another time": (formula(ends.after(EPOCH)), formula(ends.after(LATER)), set()),
    "another password": (account("one"), account("two"), {"user_accounts!"}),
    "passwords the other way round": (account("one", "two"), account("two", "one"), {"user_accounts!"}),
    "no password": (registry(username="u", password="one"), registry(username="u"), {"start_task!"}),
    "our own signature": (file(f"{MINE}/a?sig=1"), file(f"{MINE}/a?sig=2"), set()),
    "another file of ours": (file(f"{MINE}/a?sig=1"), file(f"{MINE}/b?sig=1"), {"start_task"}),
    "somebody else's signature": (file(f"{OTHER}/a?sig=1"), file(f"{OTHER}/a?sig=2"), {"start_task!"}),
    "a signature of a container that is called almost as ours": (
        file(f"{MINE}2/a?sig=1"), file(f"{MINE}2/a?sig=2"), {"start_task!"}),
    "a signature in a setting": (
        start(environmentSettings=[{"name": "A", "value": f"{OTHER}?sig=1"}]),
        start(environmentSettings=[{"name": "A", "value": f"{OTHER}?sig=2"}]), {"start_task"}),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "differ"), CASES.values(), ids=CASES)
def test_the_hash_differs_of_what_does(one: dict[str, Any], other: dict[str, Any], differ: set[str]) -> None:
    then, now = pool(**one), pool(**other)

    assert {name for name in then.keys() | now.keys() if then.get(name) != now.get(name)} == differ


def test_the_account_that_holds_our_files_says_nothing_and_the_container_does() -> None:
    moved, renamed = MINE.replace("mine", "moved"), MINE.replace("files", "renamed")

    assert pool(MINE, **file(f"{MINE}/a?sig=1")) == pool(moved, **file(f"{moved}/a?sig=1"))
    assert pool(MINE, **file(f"{MINE}/a?sig=1")) != pool(renamed, **file(f"{renamed}/a?sig=1"))


def test_a_hidden_value_has_another_hash_in_another_pool_and_field() -> None:
    here, there = pool(salt="p", **account("one")), pool(salt="q", **account("one"))

    assert {name for name in here if here[name] != there[name]} == {"user_accounts!"}


def test_what_a_hidden_value_is_changes_nothing_of_what_is_cheap_to_hash() -> None:
    """Else a guess could be tried on that."""
    secret = {**account("one"), **registry(password="one")}
    other = {**account("two"), **registry(password="two")}

    then, now = pool(**secret), pool(**other)

    assert {name for name in then if then[name] != now[name]} == {"user_accounts!", "start_task!"}


@pytest.mark.parametrize("kind", ["pool", "job", "job_schedule"])
def test_the_record_of_the_largest_body_is_short(kind: str) -> None:
    program = rendered(whole(ROOTS[kind], NEW))
    made = {"pool": program.pool, "job": program.job, "job_schedule": program.schedule}[kind]
    assert made is not None

    assert len(record(made.body, MINE, "")) < 1024
