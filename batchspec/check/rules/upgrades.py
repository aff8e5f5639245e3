"""BS329: upgrades of nodes that the rest of the pool rules out.

From the REST document: `enableCrossZoneUpgrade` "is able to be set true or false only when" the placement is zonal,
and where `enableAutomaticOSUpgrade` is true, Windows' own `enableAutomaticUpdates` "cannot be set to true".
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.native.machines import VirtualMachineConfiguration
from batchspec.spec.native.pools import UpgradePolicy


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each pool that the spec describes."""
    for pool in pools(spec):
        if pool.upgrade_policy is not None:
            yield from _zones(pool.upgrade_policy, pool.virtual_machine_configuration)
            yield from _windows(pool.upgrade_policy, pool.virtual_machine_configuration)


def _zones(policy: UpgradePolicy, machine: VirtualMachineConfiguration | None) -> Iterator[Diagnostic]:
    rolling = policy.rolling_upgrade_policy
    placement = machine.node_placement_configuration if machine is not None else None
    if rolling is None or rolling.enable_cross_zone_upgrade is None:
        return
    if placement is None or placement.policy != "zonal":
        message = '"enable_cross_zone_upgrade" is only for nodes that are spread over zones'
        hint = "take it out, or set virtual_machine_configuration.node_placement_configuration.policy to zonal"
        place, pointer = rolling.node.keys["enable_cross_zone_upgrade"], f"{rolling.pointer}/enable_cross_zone_upgrade"
        yield finding("BS329", message, place, pointer, hint)


def _windows(policy: UpgradePolicy, machine: VirtualMachineConfiguration | None) -> Iterator[Diagnostic]:
    own = policy.automatic_os_upgrade_policy
    windows = machine.windows_configuration if machine is not None else None
    if own is not None and own.enable_automatic_os_upgrade and windows is not None and windows.enable_automatic_updates:
        message = "the service upgrades the nodes, and Windows is told to update itself, too"
        hint = "set windows_configuration.enable_automatic_updates to false"
        place, pointer = windows.at("enable_automatic_updates"), f"{windows.pointer}/enable_automatic_updates"
        yield finding("BS329", message, place, pointer, hint)
