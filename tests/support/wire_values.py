"""Request bodies, generated from the SDK's attribute maps: one leaf alone, all together, or as hypothesis draws them.

Nothing here looks at the spec language: a field that the SDK has and the language has not is therefore missed by the
law, and makes it fail. What API 2025-06-01 added is walked through the compiler's subclasses of the SDK's models.
The tables below say what the service documents and the maps do not: the form of a text, the bounds of a number, what
goes together (https://learn.microsoft.com/rest/api/batchservice).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

import azure.batch.models as sdk
import isodate  # type: ignore[import-untyped]  # it has no types
from hypothesis import strategies as st

from batchspec.compiler.extended import ADDED, sdk_model

OLD, NEW = "2024-02-01.19.0", "2025-06-01"
ROOTS = {
    "pool": "PoolAddParameter",
    "job": "JobAddParameter",
    "job_schedule": "JobScheduleAddParameter",
    "task": "TaskAddParameter",
}
# What API 2025-06-01 has no more: DESIGN, section 6, which is the difference of the two SDKs.
DROPPED = {
    *((model, name) for model in ("PoolAddParameter", "PoolSpecification") for name in (
        "cloud_service_configuration", "certificate_references", "application_licenses",
        "target_node_communication_mode", "resource_tags",
    )),
    ("TaskAddParameter", "authentication_token_settings"),
    ("JobManagerTask", "authentication_token_settings"),
    ("DataDisk", "storage_account_type"),
}  # fmt: skip


class Field(NamedTuple):
    """A field of a model. kind: its type in the attribute map; inner: the model that it holds, if any."""

    model: str
    name: str
    key: str
    kind: str
    inner: str
    api: str


Path = tuple[Field, ...]


@cache
def fields(model: str) -> tuple[Field, ...]:
    """The writable fields of a model, in the SDK's order."""
    kind = sdk_model(model)
    rules: dict[str, Any] = getattr(kind, "_validation", {})
    made = []
    for name, told in kind._attribute_map.items():
        if rules.get(name, {}).get("readonly"):
            continue
        new = name in ADDED.get(model, {}) and name not in getattr(getattr(sdk, model, None), "_attribute_map", {})
        api = NEW if new else OLD if (model, name) in DROPPED else ""
        made.append(Field(model, name, told["key"], told["type"], _inner(told["type"]), api))
    return tuple(made)


def _inner(kind: str) -> str:
    name = kind.strip("[]{}")
    return name if name in ADDED or hasattr(getattr(sdk, name, None), "_attribute_map") else ""


def paths(model: str, before: Path = ()) -> Iterator[Path]:
    """The ways from a model to each of its leaves."""
    for field in fields(model):
        if field.inner:
            yield from paths(field.inner, (*before, field))
        else:
            yield (*before, field)


def show(path: Path) -> str:
    """A path as JSON keys, with [] for lists."""
    return ".".join(f"{field.key}[]" if field.kind[0] == "[" else field.key for field in path)


def api(path: Path) -> str:
    """The one API version that has the path; "" when both have."""
    return next((field.api for field in path if field.api), "")


# --- what the maps do not say ---

_ID = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
_VARIABLE = st.from_regex(r"[A-Z][A-Z0-9_]{0,12}", fullmatch=True).filter(lambda name: not name.startswith("AZ_BATCH_"))
_URL = st.from_regex(
    r"https://[a-z]{1,8}\.example\.com/[a-z0-9/]{0,12}[a-z.]{1,6}(\?sv=1&sig=[A-Za-z0-9%]{4})?", fullmatch=True
)
FORMS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {  # of fields, by MODEL.NAME or NAME: an example, and more
    "PoolAddParameter.id": ("pool-1", _ID),
    "JobAddParameter.id": ("job-1", _ID),
    "JobScheduleAddParameter.id": ("schedule-1", _ID),
    "TaskAddParameter.id": ("task-1", _ID),
    "JobPreparationTask.id": ("prepare", _ID),
    "JobReleaseTask.id": ("release", _ID),
    "JobManagerTask.id": ("manager", _ID),
    "pool_id": ("other", _ID),
    "auto_pool_id_prefix": ("auto", st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)),
    "vm_size": ("standard_d2s_v5", st.from_regex(r"[A-Za-z0-9_]{1,20}", fullmatch=True)),
    "EnvironmentSetting.name": ("MODE", _VARIABLE),
    "UserAccount.name": ("worker", st.from_regex(r"[a-z]{1,20}", fullmatch=True)),
    "http_url": ("https://example.com/dir/data.csv", _URL),
    "task_ids": (["grid"], st.lists(st.sampled_from(["grid", "1", "007", "a-b"]), min_size=1, max_size=3, unique=True)),
    "priority": (150, st.integers(150, 1000)),
    "lun": (1, st.integers(0, 63)),
    "required_slots": (2, st.integers(1, 256)),
    "task_slots_per_node": (2, st.integers(1, 256)),
    "number_of_instances": (2, st.integers(1, 100)),
    "backend_port": (8080, st.integers(1, 65535)),
    "frontend_port_range_start": (15000, st.integers(1, 49000)),
    "frontend_port_range_end": (15100, st.integers(1, 49000)),
    "target_dedicated_nodes": (2, st.integers(0, 1000)),
    "target_low_priority_nodes": (3, st.integers(0, 1000)),
    "ContainerConfiguration.type": ("dockerCompatible", st.sampled_from(["dockerCompatible", "criCompatible"])),
    "security_type": ("trustedLaunch", st.sampled_from(["trustedLaunch", "confidentialvm"])),
    "job_default_order": ("creationtime", st.sampled_from(["none", "creationtime"])),
    "ip_families": (["IPv4"], st.lists(st.sampled_from(["IPv4", "IPv6"]), min_size=1, max_size=2)),
    "security_encryption_type": (
        "VMGuestStateOnly", st.sampled_from(["DiskWithVMGuestState", "NonPersistedTPM", "VMGuestStateOnly"])
    ),
    "HostEndpointSettings.mode": ("Audit", st.sampled_from(["Audit", "Enforce"])),
    "ContainerHostBatchBindMountEntry.source": (
        "Task", st.sampled_from(["Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications"])
    ),
}  # fmt: skip
_NASTY = [
    "${{ params.x }}", "a ${{", "}}", "$X ${Y}", "yes", "on", "12", "0x1F", "1e3", "~", "null", "true", "2026-01-01",
    "#", "a #b", ": x", "a: b", "- a", "a, b", "{a}", "[a]", "%", "@x", "`", "!t", "&a", "*a", "|", ">", "?", "=", "<<",
    "'", '"', "C:\\x", "a\nb\n", "  a\nb", "a\n\n", "\n", "a\tb", "\ttab\n", "a \nb", "é€😀", "\x85", "\u2028",
    "\ufeff", "\x7f",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(_NASTY),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1, max_size=12),
)
_FREE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=4,
)
_LENGTHS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10675199))
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  made UTC as text
SIMPLE: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "str": ("some text", TEXTS),
    "int": (20, st.integers(5, 64)),
    "bool": (True, st.booleans()),
    "duration": ("PT1H30M", _LENGTHS.map(isodate.duration_isoformat)),
    "iso-8601": ("2026-01-31T06:00:00.000Z", _MOMENTS.map(lambda moment: moment.isoformat() + "Z")),
    "object": ({"a": [1, {"b": None}]}, st.dictionaries(TEXTS, _FREE, max_size=3)),
}

# Of a resource file exactly one source is there; a URL's file has a name, and only containers have prefixes.
SOURCES = ("http_url", "storage_container_url", "auto_storage_container_name")
_COMPANIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("ResourceFile", "http_url"): ("file_path",),
    ("ResourceFile", "file_path"): ("http_url",),
    ("ResourceFile", "file_mode"): ("http_url", "file_path"),
    ("ResourceFile", "identity_reference"): ("http_url", "file_path"),
    ("ResourceFile", "blob_prefix"): ("storage_container_url",),
    ("ResourceFile", ""): ("http_url", "file_path"),
    # An image of the marketplace is named by these; a pool has machines of one of two kinds.
    ("ImageReference", "offer"): ("publisher", "sku"),
    ("ImageReference", "sku"): ("publisher", "offer"),
    ("ImageReference", "version"): ("publisher", "offer", "sku"),
    ("ImageReference", ""): ("publisher", "offer", "sku"),
    ("PoolInformation", ""): ("pool_id",),
}
_MACHINES = ("PoolAddParameter", "PoolSpecification")


def required(model: str, chosen: str = "") -> set[str]:
    """The fields that have to be there beside the chosen one."""
    rules: dict[str, Any] = getattr(sdk_model(model), "_validation", {})
    made = {name for name, rule in rules.items() if rule.get("required")}
    made |= set(_COMPANIONS.get((model, chosen), ()))
    if model in _MACHINES and chosen != "cloud_service_configuration":
        made.add("virtual_machine_configuration")
    return made - {chosen}


def _form(field: Field) -> tuple[Any, st.SearchStrategy[Any]] | None:
    return FORMS.get(f"{field.model}.{field.name}", FORMS.get(field.name))


def _enum(kind: str) -> list[str]:
    members = getattr(sdk, kind, None)
    return [member.value for member in members] if isinstance(members, type) and issubclass(members, Enum) else []


def example(field: Field) -> Any:
    """A value for a leaf."""
    form = _form(field)
    if form is not None:
        return form[0]
    if field.kind[0] == "[":
        return [example(field._replace(kind=field.kind[1:-1]))]
    if field.kind[0] == "{":
        return {"team": example(field._replace(kind=field.kind[1:-1]))}
    return _enum(field.kind)[0] if _enum(field.kind) else SIMPLE[field.kind][0]


def smallest(model: str, chosen: str = "") -> dict[str, Any]:
    """An object with what has to be there, beside the chosen field."""
    needed = required(model, chosen)
    there = (field for field in fields(model) if field.name in needed)
    return {field.key: wrap(field, smallest(field.inner)) if field.inner else example(field) for field in there}


def wrap(field: Field, value: Any) -> Any:
    """An inner object as the field holds it."""
    return [value] if field.kind[0] == "[" else value


def lone(model: str, path: Path) -> dict[str, Any]:
    """The body with one leaf, and what has to be there on the way to it."""
    field, *rest = path
    value = wrap(field, lone(field.inner, tuple(rest))) if rest else example(field)
    return {**smallest(model, field.name), field.key: value}


def whole(model: str, version: str, turn: int = 0) -> dict[str, Any]:
    """The body with everything that an API version has; each turn takes another source of files."""
    made = {}
    for field in fields(model):
        if field.api in ("", version) and not _excluded(field, turn):
            made[field.key] = wrap(field, whole(field.inner, version, turn)) if field.inner else example(field)
    return made


def _excluded(field: Field, turn: int) -> bool:
    if field.model != "ResourceFile":
        return False
    source = SOURCES[turn % len(SOURCES)]
    if source == "http_url" and field.name == "blob_prefix":
        return True
    return field.name in SOURCES and field.name != source


@st.composite
def bodies(draw: st.DrawFn, model: str, version: str, share: int = 3) -> dict[str, Any]:
    """A body with some of its fields, one in `share` of those that need not be there."""
    chosen = {field.name for field in fields(model) if draw(st.integers(1, share)) == 1 and field.api in ("", version)}
    if model == "ResourceFile":
        source = draw(st.sampled_from(SOURCES))
        drop = {*SOURCES, "blob_prefix"} if source == "http_url" else {*SOURCES}
        chosen = (chosen - drop) | {source, *required(model, source)}
    chosen |= required(model) if model not in ("ResourceFile", "PoolInformation") else set()
    made: dict[str, Any] = {}
    for field in fields(model):
        if field.name in chosen:
            made[field.key] = draw(_values(field, version, share + 1))
    return made


def _values(field: Field, version: str, share: int) -> st.SearchStrategy[Any]:
    form = _form(field)
    if field.inner:
        inner = bodies(field.inner, version, share)
        if field.kind[0] != "[":
            return inner
        unique = (lambda one: one["name"]) if field.inner in ("EnvironmentSetting", "MetadataItem") else None
        return st.lists(inner, min_size=1, max_size=2, unique_by=unique)
    if form is not None:
        return form[1]
    kind = field.kind.strip("[]{}")
    one = st.sampled_from(_enum(kind)).flatmap(_any_case) if _enum(kind) else SIMPLE[kind][1]
    if field.kind[0] == "[":
        return st.lists(one, min_size=1, max_size=3)
    return st.dictionaries(TEXTS, one, min_size=1, max_size=2) if field.kind[0] == "{" else one


def _any_case(value: str) -> st.SearchStrategy[str]:
    return st.sampled_from([value, value.upper(), value.title()])


# --- equality ---


def canonical(model: str, body: Any) -> Any:
    """A body as it is compared: durations and moments by what they mean, enumerations without regard to case.

    null says what an absent member says. A list or an object of nothing in it says so, too, where the language has
    words of its own for it.
    """
    made = {}
    for field in fields(model):
        value = body.get(field.key)
        value = None if value is None else _canonical(field.kind, field.inner, value)
        if value is not None and not (field.inner in _EMPTY and not value):
            made[field.key] = value
    assert body.keys() <= {field.key for field in fields(model)}, body.keys()
    return made


def _canonical(kind: str, inner: str, value: Any) -> Any:
    if kind[0] == "[":
        return [_canonical(kind[1:-1], inner, one) for one in value]
    if inner:
        return canonical(inner, value)
    if kind == "duration":
        return isodate.parse_duration(value)
    if kind == "iso-8601":
        return datetime.fromisoformat(re.sub(r"(\.\d+)?Z$", lambda found: (found[1] or ".0").ljust(7, "0")[:7], value))
    return value.lower() if _enum(kind) else value


_EMPTY = {  # models that the language has words of its own for
    "JobConstraints", "TaskConstraints", "TaskDependencies", "EnvironmentSetting", "MetadataItem", "ResourceFile",
    "OutputFile",
}  # fmt: skip
