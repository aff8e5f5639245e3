"""Every retirement, walked; and which names it is for."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from batchspec import catalogue
from batchspec.catalogue import CATALOGUE_DATE, RETIREMENTS, Retirement

IDS = [f"{row.kind} {row.pattern}" for row in RETIREMENTS]


@pytest.mark.parametrize("row", RETIREMENTS, ids=IDS)
def test_a_row_is_whole_and_found_by_its_example(row: Retirement) -> None:
    assert row.kind in {"image", "agent", "size", "api", "feature"}
    assert row.source.startswith("https://")
    assert row.replacement
    assert date(2019, 1, 1) <= row.date <= date(2035, 1, 1)
    assert row.as_of <= CATALOGUE_DATE
    assert catalogue.retirement(row.kind, row.example) is row
    assert catalogue.retirement(row.kind, row.example.upper()) is row


def test_no_row_is_there_twice() -> None:
    assert len({(row.kind, row.pattern.lower()) for row in RETIREMENTS}) == len(RETIREMENTS)


@pytest.mark.parametrize("row", [row for row in RETIREMENTS if row.kind == "size"], ids=lambda row: row.example)
def test_a_size_that_retires_is_one_whose_vcpus_we_know(row: Retirement) -> None:
    assert catalogue.cores(row.example) is not None


@pytest.mark.parametrize("row", [row for row in RETIREMENTS if row.kind == "agent"], ids=lambda row: row.example)
def test_what_replaces_an_agent_is_not_retired(row: Retirement) -> None:
    assert catalogue.retirement("agent", row.replacement) is None


# Neighbours of what retires: other members of a series, and sizes that only look like it.
NAMES = {
    ("size", "Standard_DS14_v2"): date(2028, 5, 1),
    ("size", "Standard_B1s"): date(2028, 11, 15),
    ("size", "Standard_B2s_v2"): None,
    ("size", "Standard_A8"): date(2021, 3, 1),
    ("size", "Standard_A8_v2"): date(2028, 11, 15),
    ("size", "Standard_NC6s_v3"): date(2025, 9, 30),
    ("size", "Standard_NC4as_T4_v3"): None,
    ("size", "Standard_NC24ads_A100_v4"): None,
    ("size", "Standard_NV12s_v3"): date(2026, 9, 30),
    ("size", "Standard_NV36ads_A10_v5"): None,
    ("size", "Standard_ND40rs_v2"): None,
    ("size", "Standard_HB120rs_v2"): date(2027, 5, 31),
    ("size", "Standard_HB120rs_v3"): None,
    ("size", "Standard_F2s_v2"): date(2028, 11, 15),
    ("size", "Standard_FX4mds"): None,
    ("size", "Standard_L8s_v3"): None,
    ("size", "Standard_M192is_v2"): date(2027, 3, 31),
    ("size", "Standard_M208s_v2"): None,
    ("size", "Standard_DC4as_v5"): None,
    ("size", "Standard_D2s_v5"): None,
    ("size", "small"): None,
    ("image", "Canonical:UbuntuServer:18.04-LTS"): date(2023, 5, 30),
    ("image", "microsoft-dsvm:ubuntu-hpc:2004"): date(2025, 4, 23),
    ("image", "microsoft-dsvm:ubuntu-hpc:2404"): None,
    ("image", "MicrosoftWindowsServer:WindowsServer:2016-Datacenter-smalldisk"): date(2027, 1, 12),
    ("image", "MicrosoftWindowsServer:WindowsServer:2022-datacenter"): None,
    ("image", "almalinux:almalinux:8_5-gen2"): date(2024, 12, 29),
    ("image", "almalinux:almalinux-x86_64:8-gen2"): None,
    ("agent", "batch.node.windows amd64"): None,
    ("agent", "batch.node.centos 7"): date(2024, 7, 1),
    ("api", "2025-06-01"): None,
    ("api", "2024-02-01.19.0"): None,
    ("feature", "certificates"): date(2024, 2, 29),
    ("nonsense", "batch.node.centos 7"): None,
}


@pytest.mark.parametrize(("name", "day"), NAMES.items(), ids=[" ".join(name) for name in NAMES])
def test_a_name_retires_on_its_day_and_its_neighbours_do_not(name: tuple[str, str], day: date | None) -> None:
    row = catalogue.retirement(*name)

    assert (row and row.date) == day


def test_the_catalogue_imports_nothing_of_ours() -> None:
    script = "import batchspec.catalogue, sys; print(*(name for name in sys.modules if name.startswith('batchspec')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)

    assert all(name == "batchspec" or name.startswith("batchspec.catalogue") for name in done.stdout.split())
