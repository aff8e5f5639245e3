"""What several tables of the service's own fields share.

Field names are those of azure-batch 14.2. Bounds and lengths are told only where the service's REST document tells
them (github.com/Azure/azure-rest-api-specs, specification/batch, BatchService.json); else a number is an int32.
A field of one API version only says which in `api`; so does each row of a model that only one version has.
"""

from __future__ import annotations

from typing import ClassVar

from batchspec.spec.shape import Anything, MapOf, Text, Whole
from batchspec.spec.table import Bound, Table, native

API_2024 = "2024-02-01.19.0"  # what azure-batch 14.2 speaks
API_2025 = "2025-06-01"  # what azure-batch 15.1 speaks

INT32 = Whole(-(2**31), 2**31 - 1)
PERCENT = Whole(0, 100)
SOME_PERCENT = Whole(5, 100)
TEXT = Text(shortest=1)
OPTIONS = Text()  # the service takes an empty text for "none"
OBJECT = MapOf(Anything(), Text())  # any JSON object; bound to a dict of nodes

ELEVATION = Text(choices=("nonadmin", "admin"))

IDENTITY = (
    "/subscriptions/3f2a1b7c-0000-4000-8000-000000000000/resourceGroups/batch"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
)
SUBNET = (
    "/subscriptions/3f2a1b7c-0000-4000-8000-000000000000/resourceGroups/batch"
    "/providers/Microsoft.Network/virtualNetworks/compute/subnets/batch"
)


class ComputeNodeIdentityReference(Bound):
    """A managed identity that the pool's nodes have, to sign in with in place of a key or a password."""

    sdk: ClassVar[str] = "ComputeNodeIdentityReference"

    resource_id: str | None = native(
        TEXT, "The Azure resource id of the user-assigned identity; the pool must have it.", IDENTITY
    )


class ContainerRegistry(Bound):
    """A private registry that container images are pulled from."""

    sdk: ClassVar[str] = "ContainerRegistry"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    user_name: str | None = native(
        TEXT, "The user to sign in as; together with password, not with identity_reference.", "puller"
    )
    password: str | None = native(
        TEXT, "The user's password; not together with identity_reference.", "${{ env.REGISTRY_PASSWORD }}"
    )
    registry_server: str | None = native(TEXT, "The registry's host; docker.io when not given.", "hexgrid.azurecr.io")
    identity_reference: ComputeNodeIdentityReference | None = native(
        Table(ComputeNodeIdentityReference),
        "The identity to pull as from an Azure Container Registry; not together with user_name and password.",
        {"resource_id": IDENTITY},
    )


class HttpHeader(Bound):
    """A header of the requests that upload output files."""

    sdk: ClassVar[str] = "HttpHeader"

    name: str = native(TEXT, "The header's name, in any case.", "x-ms-blob-content-type", required=True)
    value: str | None = native(OPTIONS, "The header's value.", "application/json")
