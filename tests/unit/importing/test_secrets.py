"""Secrets of the JSON do not get into the spec, unless it is asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from batchspec.importing.texts import Secrets
from tests.support.imports import imported
from tests.support.rest import MACHINES, POOL, TASK

SECRET = "s3cr3t-value"
URL = f"https://x.example/a/b.txt?sv=1&sig={SECRET}&se=2"


def machines(**more: Any) -> dict[str, Any]:
    return {**POOL, "virtualMachineConfiguration": {**MACHINES, **more}}


FOUND: dict[str, tuple[dict[str, Any], str]] = {
    "a user's password": (
        {**POOL, "userAccounts": [{"name": "worker", "password": SECRET}]}, "POOL_WORKER_PASSWORD",
    ),
    "a private key": (
        {**POOL, "userAccounts": [
            {"name": "worker", "password": SECRET, "linuxUserConfiguration": {"sshPrivateKey": f"{SECRET}\n2"}},
        ]},
        "POOL_WORKER_SSH_PRIVATE_KEY",
    ),
    "a registry's password": (
        machines(containerConfiguration={"type": "dockerCompatible", "containerRegistries": [
            {"registryServer": "hub.example.io", "username": "me", "password": SECRET},
        ]}),
        "POOL_ME_PASSWORD",
    ),
    "protected settings": (
        machines(extensions=[{"name": "e-1", "publisher": "p", "type": "t", "protectedSettings": {"key": [SECRET]}}]),
        "POOL_E_1_PROTECTED_SETTINGS_KEY",
    ),
    "a storage key of a mount": (
        {**POOL, "mountConfiguration": [{"azureBlobFileSystemConfiguration": {
            "accountName": "acc", "containerName": "c", "relativeMountPath": "d", "accountKey": SECRET,
        }}]},
        "POOL_ACC_ACCOUNT_KEY",
    ),
    "a signed URL": ({**TASK, "resourceFiles": [{"httpUrl": URL, "filePath": "b.txt"}]}, "T_SAS"),
    "a signed URL in a command line": ({**TASK, "commandLine": f"curl '{URL}' -o x"}, "T_SAS"),
    "an account key in a variable": (
        {**TASK, "environmentSettings": [{"name": "STORAGE", "value": f"AccountName=a;AccountKey={SECRET};X=y"}]},
        "T_STORAGE_ACCOUNT_KEY",
    ),
    "a variable that sounds secret": (
        {**TASK, "environmentSettings": [{"name": "DB_PASSWORD", "value": SECRET}]}, "DB_PASSWORD",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_a_secret_becomes_a_reference(name: str) -> None:
    document, variable = FOUND[name]

    made = imported(document, keep_secrets=False)

    assert SECRET not in made.text
    assert variable in made.variables
    assert f"${{{{ env.{variable} }}}}" in made.text


@pytest.mark.parametrize("name", FOUND)
def test_a_secret_is_kept_when_it_is_asked_for(name: str) -> None:
    made = imported(FOUND[name][0], keep_secrets=True)

    assert SECRET in made.text
    assert not made.variables


def test_one_secret_has_one_variable_and_two_have_two() -> None:
    settings = [{"name": name, "value": value} for name, value in (("A_KEY", "x1"), ("B_KEY", "x1"))]
    tasks = [
        {**TASK, "environmentSettings": settings},
        {**TASK, "id": "u", "environmentSettings": [{"name": "A_KEY", "value": "x2"}]},
    ]

    made = imported(tasks, keep_secrets=False)

    assert made.variables == ("A_KEY", "A_KEY_2")
    assert len(re.findall(r"env\.A_KEY \}\}", made.text)) == 2


def test_each_of_many_secrets_costs_what_it_is() -> None:
    compared: list[str] = []

    class Text(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            compared.append(self)
            return str.__eq__(self, str(other))

    secrets = Secrets()
    made = [secrets.reference(Text(f"value-{at}"), ("task", "sas")) for at in range(500)]

    assert (made[0], made[1], made[-1]) == ("${{ env.TASK_SAS }}", "${{ env.TASK_SAS_2 }}", "${{ env.TASK_SAS_500 }}")
    assert len(compared) < 1000


def test_the_rest_of_a_text_is_still_escaped() -> None:
    made = imported({**TASK, "commandLine": f"echo ${{{{ x }}}} {URL}"}, keep_secrets=False)

    assert 'command: echo ${{ "${{" }} x }} https://x.example/a/b.txt?${{ env.T_SAS }}\n' in made.text
