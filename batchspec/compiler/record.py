"""What a pool, a job or a schedule was asked to be, kept in its metadata for the next plan: a hash for each field.

    vm_size:o3n8wQ2c start_task:b1zXo1xq start_task!:4Zr0v9Tk

What the service tells is compared by itself. The record says what it does not: which fields the spec has no longer, or
otherwise than then; and, under names that end with !, which fields hold another value that the service never tells,
such as a password. Whoever reads the metadata could guess such a value and see whether he is right: its hash is made
slowly, with a salt, and is short. The others hold nothing that he could not read beside it.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import pbkdf2_hmac, sha256
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.compiler.attributes import attributes, is_model
from batchspec.manager import KEY_VARIABLE, LINK_VARIABLE
from batchspec.ports import FINGERPRINT_KEY

if TYPE_CHECKING:
    from batchspec.spec.build import Spec

HIDDEN = frozenset({"password", "account_key", "sas_key", "ssh_private_key", "protected_settings"})
BY_NAME = frozenset({"EnvironmentSetting", "MetadataItem"})  # what the order says nothing of
TASKS = "tasks!"
_MOST = 16  # values in tasks that have a hash each
_LENGTH = 6  # bytes of a hash
_ROUNDS = 100_000  # each guess costs as many


def record(body: Any, container: str | None, salt: str, *, links: bool = True) -> str:
    """The record of a request body.

    container: the URL of the spec's own, where there is one; what is in it is signed anew by each compilation.
    salt: the id that the spec says, so that a list of guesses serves for that alone. Its reruns have the same.
    links: whether the signature of anybody else's link is a value like a password, or says nothing, too.
    """
    made = {}
    for name in attributes(body):
        value = getattr(body, name)
        if value is None or name == "id":
            continue
        walk = _Walk(container)
        text = _json(walk.told(ends.timeless(value) if name == "auto_scale_formula" else value))
        made[name] = _short(sha256(text).digest())
        hidden = walk.hidden + (walk.signatures if links else [])
        if hidden:
            made[f"{name}!"] = slow(hidden, f"{salt}/{name}")
    return " ".join(f"{name}:{text}" for name, text in made.items())


def of_tasks(spec: Spec, salt: str) -> str:
    """What is hidden in a job's tasks, as one more entry of its record: a hash for each value, whosever it is."""
    settings = (task.container_settings for task, _ in spec.examples())
    registries = (of.registry for of in settings if of is not None)
    values = sorted({of.password for of in registries if of is not None and of.password is not None})
    made = [slow(value, salt) for value in (values if len(values) <= _MOST else [values])]
    return f" {TASKS}:{','.join(made)}" if made else ""


def recorded(metadata: Mapping[str, str]) -> dict[str, str]:
    """The hashes by field of an object's metadata; none where nobody has recorded any, or otherwise than here."""
    found = (entry.partition(":") for entry in metadata.get(FINGERPRINT_KEY, "").split())
    return {name: text for name, _, text in found if text}


def slow(value: Any, salt: str) -> str:
    """The hash of something that could be guessed."""
    return _short(slowly(_json(value), salt))


def slowly(data: bytes, salt: str) -> bytes:
    """The same of bytes, and not shortened."""
    return pbkdf2_hmac("sha256", data, salt.encode(), _ROUNDS)


class _Walk:
    """Through a value of a request body; what the service does not tell of it is taken out."""

    def __init__(self, container: str | None) -> None:
        self.hidden: list[Any] = []
        self.signatures: list[str] = []
        self._container = container

    def told(self, value: Any) -> Any:
        """What the service tells of it."""
        if isinstance(value, (list, tuple)):
            made = [self.told(one) for one in value]
            return sorted(made) if value and type(value[0]).__name__ in BY_NAME else made
        if type(value).__name__ in BY_NAME:
            # Those of ours have another key or signature for another account, or at another time.
            return [value.name, "" if value.name.startswith((KEY_VARIABLE, LINK_VARIABLE)) else value.value or ""]
        if is_model(value):
            return self._members(value)
        return self._link(value) if isinstance(value, str) else value

    def _members(self, model: Any) -> dict[str, Any]:
        made = {}
        for name in attributes(model):
            value = getattr(model, name)
            if value is not None and name in HIDDEN:
                self.hidden.append([name, value])
            elif value is not None:
                made[name] = self.told(value)
        return made

    def _link(self, text: str) -> str:
        """A link without its signature, and if it is one of ours without the account; any other text as it is."""
        if not text.startswith(("https://", "http://")):
            return text
        url, _, signature = text.partition("?")
        if self._container is not None and f"{url}/".startswith(f"{self._container}/"):
            return url.removeprefix(self._container.rpartition("/")[0])
        self.signatures += [url, signature] if signature else []
        return url


def _json(value: Any) -> bytes:
    return json.dumps(value, default=str, sort_keys=True, separators=(",", ":")).encode()


def _short(digest: bytes) -> str:
    return urlsafe_b64encode(digest[:_LENGTH]).decode()
