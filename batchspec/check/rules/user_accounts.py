"""BS226, BS227, BS109: the pool's user accounts, and who runs as one of them.

From the REST document of `UserAccount`: `windowsUserConfiguration` "can only be specified if the user is on a Windows
Pool", and `linuxUserConfiguration` "is ignored if specified on a Windows Pool".
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.credentials import is_hidden
from batchspec.check.pools import os_of, pools
from batchspec.check.rule import finding, per_place, title
from batchspec.diag import Diagnostic, Related, Severity
from batchspec.diag.nearest import listing, nearest
from batchspec.reading import Scalar
from batchspec.spec.build import Spec
from batchspec.spec.model import PoolSpecification, Runs
from batchspec.spec.native.pools import UserAccount


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The accounts of each pool, and whom the job's own pool does not have."""
    for pool in pools(spec):
        yield from _accounts(pool)
    machines = spec.machines
    if machines is None or not machines.user_accounts:
        return
    if any(_is_hidden(one) for one in machines.user_accounts):
        return  # it may be the one
    names = {_key(machines, one.name): one.name for one in machines.user_accounts}
    yield from per_place(_unknown(spec, machines, names))


def _accounts(pool: PoolSpecification) -> Iterator[Diagnostic]:
    first: dict[str, UserAccount] = {}
    system = os_of(pool)
    for one in pool.user_accounts or ():
        earlier = first.setdefault(_key(pool, one.name), one)
        if earlier is not one and not _is_hidden(one):
            message = f'two user accounts are called "{one.name}"'
            related = (Related("first here", earlier.at("name").span),)
            yield finding("BS227", message, one.at("name"), f"{one.pointer}/name", "give each its own name", related)
        if system == "linux" and one.windows_user_configuration is not None:
            message = '"windows_user_configuration" is for nodes that run Windows, and the pool\'s run Linux'
            yield _configuration(one, "windows_user_configuration", message)
        if system == "windows" and one.linux_user_configuration is not None:
            message = '"linux_user_configuration" has no effect on the pool\'s nodes, which run Windows'
            yield _configuration(one, "linux_user_configuration", message).at(Severity.WARNING)


def _configuration(one: UserAccount, name: str, message: str) -> Diagnostic:
    return finding("BS109", message, one.node.keys[name], f"{one.pointer}/{name}", "take it out")


def _unknown(spec: Spec, pool: PoolSpecification, names: dict[str, str]) -> Iterator[Diagnostic]:
    for runs in spec.others():
        yield from _judge(runs, f'"{runs.pointer.rpartition("/")[2]}"', pool, names)
    for task, count in spec.examples():
        if task.user_identity is not None:
            yield from _judge(task, title(task, count), pool, names)


def _judge(runs: Runs, who: str, pool: PoolSpecification, names: dict[str, str]) -> Iterator[Diagnostic]:
    identity = runs.user_identity
    name = identity.user_name if identity is not None else None
    if identity is None or name is None or _key(pool, name) in names:
        return
    place = identity.at("user_name")
    if isinstance(place, Scalar) and is_hidden(place):
        return
    near = nearest(name, names.values())
    hint = f'did you mean "{near}"?' if near else f"its user accounts are {listing(names.values())}"
    message = f'{who} runs as "{name}", and the pool has no user account of that name'
    yield finding("BS226", message, place, f"{identity.pointer}/user_name", hint)


def _key(pool: PoolSpecification, name: str) -> str:
    """Names as the nodes' system compares them; only Linux tells A from a."""
    return name if os_of(pool) == "linux" else name.lower()


def _is_hidden(one: UserAccount) -> bool:
    place = one.at("name")
    return isinstance(place, Scalar) and is_hidden(place)
