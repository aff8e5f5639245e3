"""The tables of the service's own fields say what the SDK's attribute maps say, and their examples are good."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from azure.batch import models as sdk

from batchspec.spec import native
from batchspec.spec.native.common import API_2024, API_2025, OBJECT
from batchspec.spec.shape import Duration, Flag, ListOf, MapOf, Shape, Text, Whole
from batchspec.spec.table import Bound, Key, Table
from tests.support.strategies import node

MODULES = [
    importlib.import_module(f"{native.__name__}.{found.name}") for found in pkgutil.iter_modules(native.__path__)
]
MODELS: dict[str, type[Bound]] = {
    name: model
    for module in MODULES
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, Bound) and model.__module__ == module.__name__
}
OF_2025 = {name for name in MODELS if not hasattr(sdk, name)}
ROWS = [(name, field) for name, model in MODELS.items() for field in model.rows]

# Spelled `image`, in the tables above these.
ELSEWHERE = {("VirtualMachineConfiguration", "image_reference"), ("VirtualMachineConfiguration", "node_agent_sku_id")}
# The SDK says str; the REST document lists the values.
TOLD_AS_TEXT = {("ContainerConfiguration", "type"): ("dockerCompatible", "criCompatible")}
# What API 2025-06-01 added to the values of a field that both have.
ADDED_VALUES = {("SecurityProfile", "security_type"): ("confidentialvm",)}

# What API 2025-06-01 added, as the models of azure-batch 15.1 say it.
ADDED = {
    "DataDisk": {"managed_disk"},
    "DiskEncryptionConfiguration": {"customer_managed_key"},
    "JobNetworkConfiguration": {"skip_withdraw_from_vnet"},
    "ManagedDisk": {"disk_encryption_set", "security_profile"},
    "PublicIPAddressConfiguration": {"ip_families", "ip_tags"},
    "SecurityProfile": {"proxy_agent_settings"},
    "TaskContainerSettings": {"container_host_batch_bind_mounts"},
    "TaskSchedulingPolicy": {"job_default_order"},
    "BatchPoolIdentityReference": {"resource_id"},
    "BatchVmDiskSecurityProfile": {"security_encryption_type"},
    "ContainerHostBatchBindMountEntry": {"source", "is_read_only"},
    "DiskCustomerManagedKey": {"identity_reference", "key_url", "rotation_to_latest_key_version_enabled"},
    "DiskEncryptionSetParameters": {"id"},
    "HostEndpointSettings": {"in_vm_access_control_profile_reference_id", "mode"},
    "IPTag": {"ip_tag_type", "tag"},
    "ProxyAgentSettings": {"enabled", "imds", "wire_server"},
}
DROPPED = {
    "AuthenticationTokenSettings": {"access"},
    "CertificateReference": {
        "thumbprint",
        "thumbprint_algorithm",
        "store_location",
        "store_name",
        "visibility",
    },
    "CloudServiceConfiguration": {"os_family", "os_version"},
    "DataDisk": {"storage_account_type"},
}
# The lead tables' own: reached from these models, but not told here.
SUGAR = {
    "PoolAddParameter", "PoolSpecification", "ImageReference", "StartTask", "JobAddParameter", "JobSpecification",
    "JobConstraints", "TaskConstraints", "JobPreparationTask", "JobReleaseTask", "JobManagerTask", "TaskAddParameter",
    "ResourceFile", "OutputFile", "OutputFileUploadOptions", "EnvironmentSetting", "MetadataItem", "TaskDependencies",
    "TaskIdRange", "JobScheduleAddParameter", "Schedule", "PoolInformation", "AutoPoolSpecification",
    "MultiInstanceSettings",
}  # fmt: skip


def writable(name: str) -> dict[str, str]:
    """The fields of an SDK model that a request may have, and their msrest types."""
    model = getattr(sdk, name)
    return {
        field: told["type"]
        for field, told in model._attribute_map.items()
        if not model._validation.get(field, {}).get("readonly") and (name, field) not in ELSEWHERE
    }


def shared(name: str) -> dict[str, Key]:
    """A table's rows without what API 2025-06-01 added."""
    return {field: row for field, row in MODELS[name].rows.items() if row.api != API_2025}


def reached(name: str, seen: set[str]) -> set[str]:
    """The SDK's models that a request body can have in it."""
    if name not in seen and hasattr(getattr(sdk, name, None), "_attribute_map"):
        seen.add(name)
        for told in getattr(sdk, name)._attribute_map.values():
            for inner in re.findall(r"\w+", told["type"]):
                reached(inner, seen)
    return seen


def says(shape: Shape) -> str:
    """A shape as an msrest type."""
    if isinstance(shape, Table):
        return shape.model.sdk
    if isinstance(shape, ListOf):
        return f"[{says(shape.item)}]"
    if shape == OBJECT:
        return "object"
    if isinstance(shape, MapOf):
        return f"{{{says(shape.value)}}}"
    return {Text: "str", Whole: "int", Flag: "bool", Duration: "duration"}[type(shape)]


def choices(shape: Shape) -> tuple[str, ...]:
    """The values of a text, or of a list of texts."""
    shape = shape.item if isinstance(shape, ListOf) else shape
    return shape.choices if isinstance(shape, Text) else ()


def texts(value: Any) -> Iterator[str]:
    """The texts in an example."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def test_every_model_of_a_request_has_a_table_here_or_is_sugar() -> None:
    roots = ("PoolAddParameter", "JobAddParameter", "TaskAddParameter", "JobScheduleAddParameter")

    met = {name for root in roots for name in reached(root, set())}

    assert MODELS.keys() - OF_2025 == met - SUGAR


@pytest.mark.parametrize("name", MODELS)
def test_a_table_bears_the_name_of_the_sdks_model(name: str) -> None:
    assert MODELS[name].sdk == name == MODELS[name].__name__


@pytest.mark.parametrize("name", sorted(MODELS.keys() - OF_2025))
def test_a_table_has_the_sdk_models_writable_fields_in_its_order(name: str) -> None:
    assert list(shared(name)) == list(writable(name))


@pytest.mark.parametrize("name", sorted(MODELS.keys() - OF_2025))
def test_a_field_is_required_where_the_sdk_says_so(name: str) -> None:
    validation = getattr(sdk, name)._validation

    for field, row in MODELS[name].rows.items():
        assert row.required == validation.get(field, {}).get("required", False), field


@pytest.mark.parametrize("name", sorted(MODELS.keys() - OF_2025))
def test_a_shape_agrees_with_the_msrest_type(name: str) -> None:
    for field, told in writable(name).items():
        shape = MODELS[name].rows[field].shape
        enum = getattr(sdk, told.strip("[]"), None)
        values: tuple[str, ...] = TOLD_AS_TEXT.get((name, field), ())
        if isinstance(enum, type) and issubclass(enum, Enum):
            values = tuple(member.value for member in enum) + ADDED_VALUES.get((name, field), ())
            told = told.replace(enum.__name__, "str")
        assert (says(shape), choices(shape)) == (told, values), field


@pytest.mark.parametrize("name", sorted(MODELS.keys() - OF_2025))
def test_the_bounds_of_the_sdk_are_bounds_here(name: str) -> None:
    for field, told in getattr(sdk, name)._validation.items():
        if "minimum" in told or "maximum" in told:
            assert MODELS[name].rows[field].shape == Whole(told.get("minimum"), told.get("maximum")), field


@pytest.mark.parametrize(("api", "fields"), [(API_2025, ADDED), (API_2024, DROPPED)], ids=["added", "dropped"])
def test_a_field_of_one_api_version_is_marked(api: str, fields: dict[str, set[str]]) -> None:
    marked = {
        name: {field for field, row in model.rows.items() if row.api == api}
        for name, model in MODELS.items()
        if any(row.api == api for row in model.rows.values())
    }

    assert marked == fields


@pytest.mark.parametrize(("name", "field"), ROWS)
def test_an_example_binds_to_its_shape(name: str, field: str) -> None:
    row = MODELS[name].rows[field]

    row.shape.bind(node(row.example), "", {})


@pytest.mark.parametrize(("name", "field"), ROWS)
def test_a_row_is_native_and_its_sentence_is_one(name: str, field: str) -> None:
    row = MODELS[name].rows[field]

    assert row.native
    assert row.doc[0].isupper()
    assert row.doc.endswith(".")
    assert len(row.doc) <= 200


@pytest.mark.parametrize("name", MODELS)
def test_a_table_says_in_a_sentence_what_it_is(name: str) -> None:
    doc = MODELS[name].__doc__ or ""

    assert re.fullmatch(r"[A-Z][^\n]{1,198}\.", doc)


SECRETS = {
    "AzureBlobFileSystemConfiguration": ("account_key", "sas_key"),
    "AzureFileShareConfiguration": ("account_key",),
    "CIFSMountConfiguration": ("password",),
    "ContainerRegistry": ("password",),
    "LinuxUserConfiguration": ("ssh_private_key",),
    "UserAccount": ("password",),
    "VMExtension": ("protected_settings",),
}


def test_the_secret_fields_are_marked() -> None:
    marked = {name: getattr(model, "secrets", ()) for name, model in MODELS.items()}

    assert {name: fields for name, fields in marked.items() if fields} == SECRETS


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in SECRETS.items() for field in fields])
def test_the_example_of_a_secret_is_an_expression(name: str, field: str) -> None:
    found = list(texts(MODELS[name].rows[field].example))

    assert found
    assert all(re.fullmatch(r"\$\{\{ env\.[A-Z_]+ \}\}", text) for text in found)


@pytest.mark.parametrize(("name", "field"), ROWS)
def test_no_example_has_a_secret_in_clear_text(name: str, field: str) -> None:
    def look(shape: Shape, example: Any) -> None:
        if isinstance(shape, ListOf):
            for item in example:
                look(shape.item, item)
        elif isinstance(shape, Table):
            for key, value in example.items():
                if key in getattr(shape.model, "secrets", ()):
                    assert all("${{ env." in text for text in texts(value))
                look(shape.model.rows[key].shape, value)

    look(MODELS[name].rows[field].shape, MODELS[name].rows[field].example)
