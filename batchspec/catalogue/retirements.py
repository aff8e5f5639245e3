"""What Azure has retired or will retire, with the day and the source of each.

A row's pattern is an image's publisher:offer:sku or what it begins with, a node agent, a series or a single size, or an
API version. The day is the announced one: from then on there is no support, and new pools of it may fail.

Left out, since no day was found: the API versions before 2025-06-01, whose retirement
https://github.com/Azure/Batch/issues/140 announces on 2026-05-15.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from batchspec.catalogue.images import image
from batchspec.catalogue.sizes import parse

_day = dt.date
CATALOGUE_DATE = _day(2026, 11, 22)


class Retirement(NamedTuple):
    """kind: image, agent, size, api or feature. example: a name that the pattern is for. as_of: when we looked."""

    kind: str
    pattern: str
    date: dt.date
    replacement: str
    source: str
    example: str
    as_of: dt.date = CATALOGUE_DATE


_NOTICES = "https://github.com/Azure/Batch/issues/"
_GUIDES = "https://learn.microsoft.com/azure/virtual-machines/sizes/retirement/"
_RETIRED = f"{_GUIDES}retired-sizes-list"
_UPDATES = "https://azure.microsoft.com/updates"
_BATCH = "https://learn.microsoft.com/azure/batch/"


def _images() -> Iterator[Retirement]:
    """Those whose agent stays."""
    windows, alma = "microsoftwindowsserver:windowsserver:", "almalinux:almalinux:"
    for pattern, day, replacement, notice, example in (
        (f"{windows}2012-", _day(2024, 12, 5), "windows-server-2022", 179, f"{windows}2012-r2-datacenter"),
        (f"{windows}2016-", _day(2027, 1, 12), "windows-server-2022", 197, f"{windows}2016-datacenter"),
        (f"{alma}8", _day(2024, 12, 29), "almalinux:almalinux-x86_64:8-gen2", 181, f"{alma}8-gen2"),
    ):
        yield Retirement("image", pattern, day, replacement, f"{_NOTICES}{notice}", example)


def _agents() -> Iterator[Retirement]:
    ubuntu, el = "batch.node.ubuntu 24.04", "batch.node.el 9"
    for name, day, replacement, notice in (
        ("ubuntu 14.04", _day(2019, 8, 1), ubuntu, 61),
        ("ubuntu 16.04", _day(2021, 5, 21), ubuntu, 106),
        ("ubuntu 18.04", _day(2023, 5, 30), ubuntu, 152),
        ("ubuntu 20.04", _day(2025, 4, 23), ubuntu, 174),
        ("ubuntu 22.04", _day(2027, 6, 30), ubuntu, 200),
        ("centos 7", _day(2024, 7, 1), el, 169),
        ("centos 8", _day(2021, 12, 31), el, 119),
        ("debian 8", _day(2024, 12, 31), ubuntu, 180),
        ("debian 9", _day(2024, 12, 31), ubuntu, 180),
        ("debian 10", _day(2024, 12, 31), ubuntu, 180),
        ("mariner 2.0", _day(2025, 7, 30), "Azure Linux 3.0", 188),
    ):
        agent = f"batch.node.{name}"
        yield Retirement("agent", agent, day, replacement, f"{_NOTICES}{notice}", agent)


def _sizes() -> Iterator[Retirement]:
    """By series, as `Size.series` names it; the last ones are single sizes."""
    may, november = _day(2028, 5, 1), _day(2028, 11, 15)
    hpc = _day(2027, 5, 31)
    old_gpu, av1 = _day(2023, 9, 6), _day(2024, 8, 31)
    first, second = f"{_UPDATES}?id=485569", f"{_UPDATES}?id=500682"
    guide = "https://learn.microsoft.com/azure/virtual-machines/"
    amd, a100 = "Dasv5 or Dasv6", "NC A100 v4"
    for series, day, replacement, source, example in (
        ("Basic_A", av1, "Av2", f"{guide}av1-series-retirement", "Basic_A1"),
        ("A", av1, "Av2", f"{guide}av1-series-retirement", "Standard_A3"),
        ("Av2", november, "Basv2 or Dasv5", second, "Standard_A4m_v2"),
        ("B", november, "Bsv2 or Basv2", second, "Standard_B2ms"),
        ("D", may, amd, first, "Standard_D14"),
        ("DS", may, amd, first, "Standard_DS3"),
        ("Dv2", may, amd, first, "Standard_D3_v2"),
        ("DSv2", may, amd, first, "Standard_DS13-4_v2"),
        ("DCv2", _day(2026, 6, 30), "DCdsv3 or DCasv6", f"{_GUIDES}dcsv2-series-retirement", "Standard_DC2s_v2"),
        ("DCv3", _day(2029, 10, 31), "DCasv6", f"{_GUIDES}dcsv3-series-retirement", "Standard_DC4ds_v3"),
        ("DCCCv5", _day(2026, 8, 1), "Dasv5", f"{_GUIDES}dcccv5-series-retirement", "Standard_DC4as_cc_v5"),
        ("ECCCv5", _day(2026, 8, 1), "Easv5", f"{_GUIDES}ecccv5-series-retirement", "Standard_EC4as_cc_v5"),
        ("F", november, "Fasv6", second, "Standard_F8s"),
        ("Fv2", november, "Fasv6", second, "Standard_F16s_v2"),
        ("G", november, "Easv5", second, "Standard_G3"),
        ("GS", november, "Easv5", second, "Standard_GS5-16"),
        ("H", _day(2022, 8, 31), "HBv3", f"{guide}h-series-retirement", "Standard_H16mr"),
        ("HB", av1, "HBv3", f"{_UPDATES}/hbseries-azure-virtual-machines-will-be-retired-by-31-august-2024/",
         "Standard_HB60rs"),
        ("HBv2", hpc, "HBv3, HBv4 or HBv5", f"{_GUIDES}hbv2-series-retirement", "Standard_HB120rs_v2"),
        ("HC", hpc, "HBv3, HBv4 or HBv5", f"{_GUIDES}hc-series-retirement", "Standard_HC44rs"),
        ("L", may, "Lsv3 or Lasv3", first, "Standard_L8s"),
        ("Lv2", november, "Lsv3 or Lasv3", second, "Standard_L8s_v2"),
        ("NC", old_gpu, a100, f"{guide}nc-series-retirement", "Standard_NC24r"),
        ("NCv2", old_gpu, a100, f"{guide}ncv2-series-retirement", "Standard_NC6s_v2"),
        ("NCv3", _day(2025, 9, 30), a100, _RETIRED, "Standard_NC24rs_v3"),
        ("ND", old_gpu, "ND A100 v4", f"{guide}nd-series-retirement", "Standard_ND12s"),
        ("NP", hpc, "NC or ND", f"{_GUIDES}np-series-retirement", "Standard_NP10s"),
        ("NV", old_gpu, "NVads A10 v5", f"{guide}nv-series-retirement", "Standard_NV6_Promo"),
        ("NVv3", _day(2026, 9, 30), "NVads A10 v5", _RETIRED, "Standard_NV12s_v3"),
        ("NVv4", _day(2026, 9, 30), "NVads A10 v5", _RETIRED, "Standard_NV4as_v4"),
    ):  # fmt: skip
        yield Retirement("size", series, day, replacement, source, example)
    for number in (8, 9, 10, 11):
        name = f"Standard_A{number}"
        yield Retirement("size", name, _day(2021, 3, 1), "HBv3", f"{_NOTICES}87", name)
    for features in ("idms", "ids", "ims", "is"):
        name = f"Standard_M192{features}_v2"
        yield Retirement("size", name, _day(2027, 3, 31), "Msv3 or Mdsv3", f"{_GUIDES}msv2-mdsv2-retirement", name)


def _apis() -> Iterator[Retirement]:
    source = "https://learn.microsoft.com/rest/api/batchservice/batch-api-status"
    first, second = _day(2020, 10, 31), _day(2021, 4, 1)
    for name, day in (
        ("2014-01-01.1.0", first), ("2014-04-01.1.0", first), ("2014-10-01.1.0", first), ("2015-03-01.1.1", first),
        ("2015-06-01.2.0", first), ("2015-11-01.2.1", first), ("2015-12-01.2.2", first), ("2016-02-01.3.0", first),
        ("2016-07-01.3.1", first), ("2017-01-01.4.0", second), ("2017-05-01.5.0", first), ("2017-06-01.5.1", first),
        ("2017-09-01.6.0", second),
    ):  # fmt: skip
        yield Retirement("api", name, day, "2025-06-01", source, name)


def _features() -> Iterator[Retirement]:
    """Of the service; for pages and hints, no rule reads them: API 2025-06-01 does not have their fields."""
    public_ip = "batch-pools-without-public-ip-addresses-classic-retirement-migration-guide"
    statistics = "job-pool-lifetime-statistics-migration-guide"
    for name, day, replacement, source in (
        ("cloud-services-configuration", _day(2024, 2, 29), "virtual machine configuration",
         f"{_BATCH}batch-pool-cloud-service-to-virtual-machine-configuration"),
        ("certificates", _day(2024, 2, 29), "Azure Key Vault", f"{_BATCH}batch-certificate-migration-guide"),
        ("classic-node-communication", _day(2026, 3, 31), "simplified node communication",
         f"{_BATCH}batch-pools-to-simplified-compute-node-communication-model-migration-guide"),
        ("custom-image-not-in-a-gallery", _day(2026, 3, 31), "an image of an Azure Compute Gallery",
         f"{_BATCH}batch-custom-image-pools-to-azure-compute-gallery-migration-guide"),
        ("low-priority-nodes", _day(2026, 3, 31), "spot nodes", f"{_NOTICES}196"),
        ("task-authentication-token", _day(2024, 9, 30), "a managed identity of the pool", f"{_NOTICES}140"),
        ("tls-1.0-and-1.1", _day(2023, 3, 31), "TLS 1.2", f"{_BATCH}batch-tls-101-migration-guide"),
        ("classic-pools-without-public-ip", _day(2023, 3, 31), "simplified node communication", f"{_BATCH}{public_ip}"),
        ("lifetime-statistics", _day(2023, 4, 30), "Azure Monitor", f"{_BATCH}{statistics}"),
    ):  # fmt: skip
        yield Retirement("feature", name, day, replacement, source, name)


RETIREMENTS = (*_images(), *_agents(), *_sizes(), *_apis(), *_features())
_EXACT = {(row.kind, row.pattern.lower()): row for row in RETIREMENTS if row.kind != "image"}
_PREFIXES = tuple(row for row in RETIREMENTS if row.kind == "image")


def retirement(kind: str, name: str) -> Retirement | None:
    """The row for a name of a kind. An image goes with its node agent; a size with its series."""
    if kind == "image":
        return _of_image(name)
    exact = _EXACT.get((kind, name.strip().lower()))
    if exact is not None or kind != "size":
        return exact
    size = parse(name)
    return None if size is None else _EXACT.get((kind, size.series.lower()))


def _of_image(name: str) -> Retirement | None:
    lower = name.strip().lower()
    row = next((row for row in _PREFIXES if lower.startswith(row.pattern)), None)
    if row is not None:
        return row
    known = image(name)
    return None if known is None else _EXACT.get(("agent", known.node_agent_sku_id))
