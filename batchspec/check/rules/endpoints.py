"""BS326: ports that nodes can be reached by, as the service takes them.

From the REST document of `InboundNATPool`, `NetworkSecurityGroupRule` and `PoolEndpointConfiguration`, each with
"the request fails with HTTP status code 400".
"""

from __future__ import annotations

import re
from collections.abc import Container, Hashable, Iterator
from itertools import pairwise

from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic, Related
from batchspec.reading import Node
from batchspec.spec.build import Spec
from batchspec.spec.model.pool import NEW, OLD
from batchspec.spec.native.network import InboundNATPool, NetworkConfiguration
from batchspec.spec.table import Bound

# With the later API, remote access is off until a pool opens 22 or 3389 itself:
# https://learn.microsoft.com/javascript/api/@azure-rest/batch/batchinboundnatpooloutput
_RESERVED = {NEW: frozenset((29876, 29877)), OLD: frozenset((22, 3389, 29876, 29877))}
_TAKEN = range(50_000, 55_001)  # frontend ports that the service has for itself
_FEWEST = 40
_MOST_RULES = 25
_NAME = r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each pool that the spec describes."""
    for pool in pools(spec):
        network = pool.network_configuration
        if network is not None and network.endpoint_configuration is not None:
            yield from _public(network)
            listed = network.endpoint_configuration.inbound_nat_pools
            for one in listed:
                yield from _alone(one, _RESERVED[spec.keys.api_version])
            yield from _together(listed)


def _public(network: NetworkConfiguration) -> Iterator[Diagnostic]:
    public = network.public_ip_address_configuration
    if public is not None and public.provision == "nopublicipaddresses":
        message = "nodes without public addresses cannot be reached by ports of their own"
        place, hint = network.node.keys["endpoint_configuration"], "take it out, or let the nodes have public addresses"
        yield finding("BS326", message, place, f"{network.pointer}/endpoint_configuration", hint)


def _alone(one: InboundNATPool, reserved: Container[int]) -> Iterator[Diagnostic]:
    first, last = one.frontend_port_range_start, one.frontend_port_range_end
    if re.fullmatch(_NAME, one.name) is None:
        hint = "write letters, digits, _, . and -; a letter or a digit first, no . or - last"
        yield _at(one, "name", f'"{one.name}" is no name of an endpoint', hint)
    if one.backend_port in reserved:
        yield _at(one, "backend_port", f"the port {one.backend_port} is the service's own", "choose another")
    if last - first + 1 < _FEWEST:
        message = f"the frontend ports {first} to {last} are fewer than {_FEWEST}"
        yield _at(one, "frontend_port_range_end", message, f"end the range at {first + _FEWEST - 1} or later")
    elif first in _TAKEN or last in _TAKEN or first < _TAKEN.start <= last:
        message = f"the frontend ports {first} to {last} lie over 50000 to 55000, which are the service's own"
        yield _at(one, "frontend_port_range_start", message, "choose others")


def _together(listed: tuple[InboundNATPool, ...]) -> Iterator[Diagnostic]:
    yield from _again((one, "name", one.name.lower()) for one in listed)
    yield from _again((one, "backend_port", one.backend_port) for one in listed)
    rules = [rule for one in listed for rule in one.network_security_group_rules or ()]
    yield from _again((rule, "priority", rule.priority) for rule in rules)
    if len(rules) > _MOST_RULES:
        rule = rules[_MOST_RULES]
        message = f"the pool's endpoints have {len(rules)} rules, and {_MOST_RULES} is the most"
        yield finding("BS326", message, rule.at("priority"), rule.pointer, "let one rule speak of more addresses")
    ordered = sorted(listed, key=lambda one: one.frontend_port_range_start)
    for before, one in pairwise(ordered):
        if one.frontend_port_range_start <= before.frontend_port_range_end:
            message = f'the frontend ports of "{one.name}" are those of "{before.name}", too'
            related = before.at("frontend_port_range_start")
            yield _at(one, "frontend_port_range_start", message, "choose ranges that share no port", related)


def _again(values: Iterator[tuple[Bound, str, Hashable]]) -> Iterator[Diagnostic]:
    first: dict[Hashable, Bound] = {}
    for bound, name, value in values:
        earlier = first.setdefault(value, bound)
        if earlier is not bound:
            message = f'the {name.replace("_", " ")} "{getattr(bound, name)}" is there twice'
            yield _at(bound, name, message, "each has its own in a pool", earlier.at(name))


def _at(bound: Bound, name: str, message: str, hint: str, earlier: Node | None = None) -> Diagnostic:
    related = (Related("first here", earlier.span),) if earlier is not None else ()
    return finding("BS326", message, bound.at(name), f"{bound.pointer}/{name}", hint, related)
