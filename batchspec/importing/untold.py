"""Secrets that the service keeps to itself and that a spec has to have.

Each gets a value of its own to stand for it, which becomes a variable of the caller's environment as every secret does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]


def untold(pool: Body) -> Body:
    """The pool with values where it has secrets that were not told."""
    machines = dict(pool.get("virtualMachineConfiguration") or {})
    containers = dict(machines.get("containerConfiguration") or {})
    made = dict(pool)
    numbers = iter(range(10**6))
    if containers.get("containerRegistries"):
        registries = [_told(one, "password", numbers, "username") for one in containers["containerRegistries"]]
        machines["containerConfiguration"] = {**containers, "containerRegistries": registries}
        made["virtualMachineConfiguration"] = machines
    if pool.get("userAccounts"):
        made["userAccounts"] = [_told(one, "password", numbers) for one in pool["userAccounts"]]
    if pool.get("mountConfiguration"):
        made["mountConfiguration"] = [_mount(one, numbers) for one in pool["mountConfiguration"]]
    return made


def _mount(mount: Body, numbers: Iterator[int]) -> Body:
    made = dict(mount)
    for kind, key in (("azureFileShareConfiguration", "accountKey"), ("cifsMountConfiguration", "password")):
        if mount.get(kind):
            made[kind] = _told(mount[kind], key, numbers)
    blobs = mount.get("azureBlobFileSystemConfiguration")
    if blobs and not any(blobs.get(key) for key in ("accountKey", "sasKey", "identityReference")):
        made["azureBlobFileSystemConfiguration"] = _told(blobs, "accountKey", numbers)
    return made


def _told(told: Body, key: str, numbers: Iterator[int], *beside: str) -> Body:
    """beside: what has to be there for the secret to be."""
    if told.get(key) or not all(told.get(one) for one in beside):
        return told
    return {**told, key: f"not told {next(numbers)}"}
