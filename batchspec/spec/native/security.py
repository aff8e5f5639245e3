"""The service's own fields of how a pool's machines are guarded."""

from __future__ import annotations

from typing import ClassVar

from batchspec.spec.native.common import API_2025, TEXT
from batchspec.spec.shape import Flag, Text
from batchspec.spec.table import Bound, Table, native

_PROFILE = (
    "/subscriptions/3f2a1b7c-0000-4000-8000-000000000000/resourceGroups/images/providers/Microsoft.Compute"
    "/galleries/shared/inVMAccessControlProfiles/nodes/versions/1.0.0"
)


class UefiSettings(Bound):
    """The firmware's own guards."""

    sdk: ClassVar[str] = "UefiSettings"

    secure_boot_enabled: bool | None = native(Flag(), "Whether the machine starts signed software only.", True)
    v_tpm_enabled: bool | None = native(Flag(), "Whether it has a virtual trusted platform module (vTPM).", True)


class HostEndpointSettings(Bound):
    """Who on the machine may call one of the host's endpoints."""

    sdk: ClassVar[str] = "HostEndpointSettings"

    in_vm_access_control_profile_reference_id: str | None = native(
        TEXT,
        "The Azure resource id of the access control profile's version; not together with mode Enforce.",
        _PROFILE,
        api=API_2025,
    )
    mode: str | None = native(
        Text(choices=("Audit", "Enforce")),
        "Audit only writes down what would be denied; Enforce denies it.",
        "Audit",
        api=API_2025,
    )


class ProxyAgentSettings(Bound):
    """The metadata security protocol, which guards the host's endpoints."""

    sdk: ClassVar[str] = "ProxyAgentSettings"

    enabled: bool | None = native(Flag(), "Whether it is on; false when not given.", True, api=API_2025)
    imds: HostEndpointSettings | None = native(
        Table(HostEndpointSettings), "For the instance metadata endpoint.", {"mode": "Audit"}, api=API_2025
    )
    wire_server: HostEndpointSettings | None = native(
        Table(HostEndpointSettings), "For the WireServer endpoint.", {"mode": "Enforce"}, api=API_2025
    )


class SecurityProfile(Bound):
    """How the machines are guarded."""

    sdk: ClassVar[str] = "SecurityProfile"

    security_type: str | None = native(
        Text(choices=("trustedLaunch", "confidentialvm")),
        "The kind of machine; uefi_settings need one. API 2025-06-01 has confidentialvm, 2024-02-01.19.0 has not.",
        "trustedLaunch",
    )
    encryption_at_host: bool | None = native(
        Flag(), "Whether the host encrypts all disks, the temporary one included.", True
    )
    uefi_settings: UefiSettings | None = native(
        Table(UefiSettings), "The firmware's own guards.", {"secure_boot_enabled": True, "v_tpm_enabled": True}
    )
    proxy_agent_settings: ProxyAgentSettings | None = native(
        Table(ProxyAgentSettings),
        "The metadata security protocol, which guards the host's endpoints.",
        {"enabled": True, "imds": {"mode": "Audit"}},
        api=API_2025,
    )
