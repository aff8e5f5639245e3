"""Keys of the language that say several fields at once, or one in other words.

What a reader here does not take stays for the native rows, so that nothing is said twice and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batchspec import catalogue
from batchspec.compiler.files import CONDITIONS
from batchspec.compiler.runs import BASH, SCRIPT
from batchspec.importing.fields import Fields
from batchspec.importing.tables import Reader, Sugar
from batchspec.spec import model
from batchspec.spec.files import url_name
from batchspec.spec.shape import Flag, ListOf, Text
from batchspec.spec.table import Bound, Table

_ADMINISTRATOR = {"scope": "pool", "elevationLevel": "admin"}


def _runs(reader: Reader, fields: Fields) -> dict[str, Any]:
    """`run` where a script travels in the environment as ours do, else `command`; `elevated`."""
    made: dict[str, Any] = {}
    settings = fields.peek("environment_settings")
    scripts = [one for one in settings if _is_script(one)] if isinstance(settings, list) else []
    line = fields.take("command_line")
    if line is not None and line.value == BASH and len(scripts) == 1:
        script = line._replace(value=scripts[0]["value"])
        made["run"] = reader.value(Text(), script, fields.label)
        rest = [one for one in settings if one is not scripts[0]]
        fields.put("environment_settings", rest) if rest else fields.take("environment_settings")
    elif line is not None:
        made["command"] = reader.value(Text(), line, fields.label)
    if _is_administrator(fields.peek("user_identity")):
        fields.take("user_identity")
        made["elevated"] = True
    return made


def _is_script(setting: Any) -> bool:
    return isinstance(setting, dict) and setting.get("name") == SCRIPT and bool(setting.get("value"))


def _is_administrator(identity: Any) -> bool:
    """Whether it is the one user that `elevated` means, in any letter case."""
    user = identity.get("autoUser") if isinstance(identity, dict) and len(identity) == 1 else None
    if not isinstance(user, dict) or len(user) != len(_ADMINISTRATOR):
        return False
    return all(isinstance(one, str) and one.lower() == _ADMINISTRATOR.get(key) for key, one in user.items())


def _machines(reader: Reader, fields: Fields) -> dict[str, Any]:
    """`image` and `nodes`."""
    made: dict[str, Any] = {}
    reference = fields.take("virtual_machine_configuration.image_reference")
    agent = fields.take("virtual_machine_configuration.node_agent_sku_id")
    image = reader.value(Table(model.Image), reference, fields.label) if reference is not None else {}
    if agent is not None:
        image["node_agent_sku_id"] = reader.value(Text(), agent, fields.label)
    if image:
        made["image"] = _alias(image) or image
    nodes = reader.rows(model.Nodes, fields)
    return {**made, **({"nodes": nodes} if nodes else {})}


def _alias(image: dict[str, Any]) -> str | None:
    for name, known in catalogue.ALIASES.items():
        whole = {"publisher": known.publisher, "offer": known.offer, "sku": known.sku, "version": "latest"}
        if image == {**whole, "node_agent_sku_id": known.node_agent_sku_id}:
            return name
    return None


def _autoscale(reader: Reader, fields: Fields) -> dict[str, Any]:
    """`autoscale`, in which `enabled` is true unless something else is said."""
    enabled = fields.take("enable_auto_scale")
    made = reader.rows(model.Autoscale, fields)
    if enabled is None:
        return {"autoscale": {**made, "enabled": None}} if made else {}
    said = reader.value(Flag(), enabled)
    return {"autoscale": made if said else {**made, "enabled": False}}


def _input(reader: Reader, fields: Fields) -> dict[str, Any]:
    """`url` and `to`."""
    url, path = fields.take("http_url"), fields.peek("file_path")
    made: dict[str, Any] = {}
    if url is not None:
        made["url"] = reader.value(Text(), url, fields.label)
        name = url_name(url.value) if isinstance(url.value, str) else ""
        if path is None:
            reader.told.notes.append(f'{url.place}: the service wants a filePath, too; the spec says "{name}"')
        elif path == name:
            fields.take("file_path")
        elif isinstance(path, str) and path == f"{path[: -len(name) - 1].rstrip('/')}/{name}" and path != f"/{name}":
            folder = fields.take("file_path")
            if folder is not None:
                made["to"] = reader.value(Text(), folder._replace(value=path[: -len(name) - 1]), fields.label)
    elif path is not None:
        folder = fields.take("file_path")
        if folder is not None:
            made["to"] = reader.value(Text(), folder, fields.label)
    return made


def _output(reader: Reader, fields: Fields) -> dict[str, Any]:
    """`when`, left out where it is success."""
    given = fields.take("upload_options.upload_condition")
    if given is None:
        return {}
    words = {condition: word for word, condition in CONDITIONS.items()}
    said = reader.value(Text(choices=tuple(words)), given)
    return {"when": words[said]} if words.get(said, "success") != "success" else {}


def _task(reader: Reader, fields: Fields) -> dict[str, Any]:
    """`depends_on`: ids, then ranges of ids."""
    ids, ranges = fields.take("depends_on.task_ids"), fields.take("depends_on.task_id_ranges")
    made = reader.value(ListOf(Text()), ids) if ids is not None else []
    made += reader.value(ListOf(Table(model.IdRange)), ranges) if ranges is not None else []
    return {"depends_on": made} if made else {}


def _job(reader: Reader, fields: Fields) -> dict[str, Any]:
    """`on_all_tasks_complete`, which is terminatejob unless something else is said."""
    given = fields.take("on_all_tasks_complete")
    if given is None:
        return {"on_all_tasks_complete": None}
    said = reader.value(model.Job.rows["on_all_tasks_complete"].shape, given)
    return {} if said == "terminatejob" else {"on_all_tasks_complete": said}


SUGAR: Mapping[type[Bound], Sequence[Sugar]] = {
    model.Runs: [Sugar(frozenset({"command", "run", "elevated"}), _runs)],
    model.PoolSpecification: [Sugar(frozenset({"image", "nodes"}), _machines)],
    model.Image: [Sugar(frozenset({"node_agent_sku_id"}), lambda _reader, _fields: {})],
    model.Autoscale: [Sugar(frozenset({"enabled"}), lambda _reader, _fields: {})],
    model.Nodes: [Sugar(frozenset({"autoscale"}), _autoscale)],
    model.Input: [Sugar(frozenset({"path", "url", "blob", "task", "to"}), _input)],
    model.Output: [Sugar(frozenset({"when"}), _output)],
    model.TaskDefaults: [Sugar(frozenset({"on_dependency_failure"}), lambda _reader, _fields: {})],
    model.Task: [Sugar(frozenset({"depends_on"}), _task)],
    model.Job: [Sugar(frozenset({"on_all_tasks_complete"}), _job)],
}
