"""The service's own fields of a pool's network."""

from __future__ import annotations

from typing import ClassVar

from batchspec.spec.native.common import API_2025, SUBNET, TEXT
from batchspec.spec.shape import Flag, ListOf, Text, Whole
from batchspec.spec.table import Bound, Table, native

_ADDRESS = (
    "/subscriptions/3f2a1b7c-0000-4000-8000-000000000000/resourceGroups/batch"
    "/providers/Microsoft.Network/publicIPAddresses/batch-1"
)
_FRONTEND = Whole(1, 65534)
_RULE = {"priority": 150, "access": "allow", "source_address_prefix": "203.0.113.0/24"}
_NAT_POOL = {
    "name": "notebook",
    "protocol": "tcp",
    "backend_port": 8888,
    "frontend_port_range_start": 15000,
    "frontend_port_range_end": 15100,
    "network_security_group_rules": [_RULE],
}


class NetworkSecurityGroupRule(Bound):
    """Who may or may not reach an endpoint."""

    sdk: ClassVar[str] = "NetworkSecurityGroupRule"

    priority: int = native(Whole(150, 4096), "Its turn: lower goes first. Unique in the pool.", 150, required=True)
    access: str = native(Text(choices=("allow", "deny")), "What happens to those it matches.", "allow", required=True)
    source_address_prefix: str = native(
        TEXT,
        "Who it matches: an address, a network such as 203.0.113.0/24, a service tag, or * for all.",
        "203.0.113.0/24",
        required=True,
    )
    source_port_ranges: tuple[str, ...] | None = native(
        ListOf(TEXT),
        "Which ports of theirs: * for all, 22 or 100-200, none twice; * when not given.",
        ["1024-65535"],
    )


class InboundNATPool(Bound):
    """A port of the nodes that can be reached from outside, for each node under a port of its own."""

    sdk: ClassVar[str] = "InboundNATPool"

    name: str = native(
        Text(shortest=1, longest=77),
        "Its name, unique in the pool: letters, digits, _, . and -; a letter or digit first, no . or - last.",
        "notebook",
        required=True,
    )
    protocol: str = native(Text(choices=("tcp", "udp")), "Its protocol.", "tcp", required=True)
    backend_port: int = native(
        Whole(1, 65535),
        "The port on the node, unique in the pool; not 22, 3389, 29876 or 29877.",
        8888,
        required=True,
    )
    frontend_port_range_start: int = native(
        _FRONTEND,
        "The first outside port; a range has 40 or more, shares none with another, none of 50000 to 55000.",
        15000,
        required=True,
    )
    frontend_port_range_end: int = native(_FRONTEND, "The last outside port, itself included.", 15100, required=True)
    network_security_group_rules: tuple[NetworkSecurityGroupRule, ...] | None = native(
        ListOf(Table(NetworkSecurityGroupRule), longest=25),
        "Who may reach it, at most 25 rules in the pool; everybody when not given.",
        [_RULE],
    )


class PoolEndpointConfiguration(Bound):
    """The ports of the nodes that can be reached from outside."""

    sdk: ClassVar[str] = "PoolEndpointConfiguration"

    inbound_nat_pools: tuple[InboundNATPool, ...] = native(
        ListOf(Table(InboundNATPool), longest=5),
        "The ports, at most 5; not when the nodes have no public addresses.",
        [_NAT_POOL],
        required=True,
    )


class IPTag(Bound):
    """A tag of the pool's public addresses, for billing and management."""

    sdk: ClassVar[str] = "IPTag"

    ip_tag_type: str | None = native(TEXT, "The kind of tag.", "FirstPartyUsage", api=API_2025)
    tag: str | None = native(TEXT, "The tag's value.", "SQL", api=API_2025)


class PublicIPAddressConfiguration(Bound):
    """The public addresses of a pool."""

    sdk: ClassVar[str] = "PublicIPAddressConfiguration"

    provision: str | None = native(
        Text(choices=("batchmanaged", "usermanaged", "nopublicipaddresses")),
        "Who makes the addresses: the service, you, or there are none; batchmanaged when not given.",
        "nopublicipaddresses",
    )
    ip_address_ids: tuple[str, ...] | None = native(
        ListOf(TEXT),
        "The Azure resource ids of your own addresses, for usermanaged: one for each 100 dedicated or 100 spot nodes.",
        [_ADDRESS],
    )
    ip_families: tuple[str, ...] | None = native(
        ListOf(Text(choices=("IPv4", "IPv6"))),
        "The kinds of address that nodes have: IPv4 alone, or both.",
        ["IPv4", "IPv6"],
        api=API_2025,
    )
    ip_tags: tuple[IPTag, ...] | None = native(
        ListOf(Table(IPTag)),
        "Tags of the addresses, for billing and management.",
        [{"ip_tag_type": "FirstPartyUsage", "tag": "SQL"}],
        api=API_2025,
    )


class NetworkConfiguration(Bound):
    """How a pool's nodes are connected."""

    sdk: ClassVar[str] = "NetworkConfiguration"

    subnet_id: str | None = native(
        TEXT,
        "The Azure resource id of the subnet that the nodes join; in the account's region, with an address for each.",
        SUBNET,
    )
    dynamic_vnet_assignment_scope: str | None = native(
        Text(choices=("none", "job")),
        "Whether nodes join the network that the running job names (job), or none; none when not given.",
        "job",
    )
    endpoint_configuration: PoolEndpointConfiguration | None = native(
        Table(PoolEndpointConfiguration),
        "The ports of the nodes that can be reached from outside.",
        {"inbound_nat_pools": [_NAT_POOL]},
    )
    public_ip_address_configuration: PublicIPAddressConfiguration | None = native(
        Table(PublicIPAddressConfiguration),
        "The public addresses that the nodes have.",
        {"provision": "nopublicipaddresses"},
    )
    enable_accelerated_networking: bool | None = native(
        Flag(), "Whether nodes use accelerated networking (SR-IOV), which the machine size must have.", True
    )
