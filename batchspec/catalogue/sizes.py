"""What the name of an Azure VM size says of it: vCPUs, GPUs, RDMA.

    Standard_E96-48ads_v5     family E, 96 vCPUs of which 48 are in use, features ads, version 5
    Standard_NC24ads_A100_v4  family NC, 24 vCPUs, features ads, accelerator A100, version 4
    Standard_DS13-4_v2        an old family, whose numbers are no counts: DS13 has 8 vCPUs

The naming: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions; r among the features is RDMA.
The old families: https://learn.microsoft.com/azure/virtual-machines/sizes/previous-gen-sizes-list and
https://learn.microsoft.com/azure/cloud-services-extended-support/available-sizes.
Names are read without regard to case.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = (
    r"(standard|basic)_([a-z]+?)(\d+)(?:-(\d+))?([a-z]*)"
    r"((?:_(?!v\d{1,2}(?:_|$)|promo$)[a-z0-9]+)*)(?:_v(\d{1,2}))?(?:_promo)?"
)
_LONGEST = 64  # no size has a name nearly as long; what is longer is nobody's typing error

# Old families, by the number in the name. https://learn.microsoft.com/azure/virtual-machines/dv2-dsv2-series and others
_D = {1: 1, 2: 2, 3: 4, 4: 8, 11: 2, 12: 4, 13: 8, 14: 16}
_D_V2 = {**_D, 5: 16, 15: 20}
_A = {0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 2, 6: 4, 7: 8, 8: 8, 9: 16, 10: 8, 11: 16}
_BASIC_A = {0: 1, 1: 1, 2: 2, 3: 4, 4: 8}
_G = {1: 2, 2: 4, 3: 8, 4: 16, 5: 32}
_OLD = {
    "Basic_A": _BASIC_A, "A": _A, "D": _D, "DS": _D, "Dv2": _D_V2, "DSv2": _D_V2, "G": _G, "GS": _G,
}  # fmt: skip

_COUNTED = frozenset(  # families whose number is that of the vCPUs; A and D from these versions on
    ("B", "DC", "E", "EC", "F", "FX", "H", "HB", "HC", "HX", "L", "M", "NC", "NCC", "ND", "NG", "NM", "NP", "NV", "PB")
)
_COUNTED_FROM = {"A": 2, "D": 3}
_GPU = frozenset(("NC", "NCC", "ND", "NG", "NV"))
_RDMA_A = frozenset((8, 9))  # https://learn.microsoft.com/azure/batch/batch-pool-compute-intensive-sizes

_SLOTS_PER_CORE, _MOST_SLOTS = 4, 256  # https://learn.microsoft.com/azure/batch/batch-parallel-node-tasks


class Size(NamedTuple):
    """The parts of a size's name. family is in capitals; version is 1 where the name has none."""

    basic: bool
    family: str
    number: int
    used: int | None
    features: str
    accelerator: str
    version: int

    @property
    def series(self) -> str:
        """As Azure calls it, features left out: Dv2, DSv2, NCv3, NCT4v3, Basic_A."""
        tier = "Basic_" if self.basic else ""
        version = f"v{self.version}" if self.version > 1 else ""
        return f"{tier}{self.family}{self.accelerator}{version}"


def parse(name: str) -> Size | None:
    """The parts of a name that has the form of a size's, known or not."""
    match = re.fullmatch(_NAME, name, re.IGNORECASE | re.ASCII) if len(name) <= _LONGEST else None
    if match is None:
        return None
    tier, family, number, used, features, accelerator, version = match.groups()
    return Size(
        tier.lower() == "basic",
        family.upper(),
        int(number),
        int(used) if used else None,
        features.lower(),
        accelerator.replace("_", "").upper(),
        int(version or 1),
    )


def cores(name: str) -> int | None:
    """The vCPUs of a size; None when not sure."""
    size = parse(name)
    whole = size and _whole(size)
    if not size or not whole:
        return None
    if size.used is None:
        return whole
    return size.used if 0 < size.used <= whole else None


def most_slots(name: str) -> int | None:
    """The most task slots that a node of this size can have: 4 for a vCPU, 256 in all."""
    count = cores(name)
    return None if count is None else min(_SLOTS_PER_CORE * count, _MOST_SLOTS)


def has_rdma(name: str) -> bool | None:
    """Whether its nodes have an RDMA network (InfiniBand) between them."""
    size = parse(name)
    if size is None or _whole(size) is None:
        return None
    return "r" in size.features or (size.series == "A" and size.number in _RDMA_A)


def has_gpu(name: str) -> bool | None:
    """Whether it has a GPU, or a part of one."""
    size = parse(name)
    return None if size is None or _whole(size) is None else size.family in _GPU


def suggest(name: str) -> str | None:
    """The known size that a name most likely means which is none; None where the name may well be one."""
    size = parse(name)
    if len(name) > _LONGEST or (size is not None and not _incomplete(size)):
        return None
    text = re.sub(r"^(standard|std)[_\s-]*", "", name.strip(), flags=re.IGNORECASE)
    text = re.sub(r"[_\s-]*v(\d)$", r"_v\1", re.sub(r"\s+", "_", text), flags=re.IGNORECASE)
    family = re.match(r"[A-Za-z]*", text)
    made = f"Standard_{text[: family.end()].upper()}{text[family.end() :]}" if family else ""
    made = made if parse(made) is None or parse(made) != size else f"{made}_v5"
    known = parse(made)
    return made if known is not None and not _incomplete(known) and _whole(known) else None


def _incomplete(size: Size) -> bool:
    """A name that lacks the version which every size of its kind has, or the _ before it."""
    if size.version > 1:
        return False
    return (
        size.family == "E"
        or (size.family == "D" and size.features != "")
        or re.search(r"V\d$", size.accelerator) is not None
    )


def _whole(size: Size) -> int | None:
    old = _OLD.get(size.series)
    if old is not None:
        return old.get(size.number) if size.features in ("", "i") else None
    known = size.family in _COUNTED or size.version >= _COUNTED_FROM.get(size.family, 100)
    return size.number if known and not size.basic and size.number > 0 else None
