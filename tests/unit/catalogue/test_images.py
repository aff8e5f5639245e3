"""Images and their node agents, walked row by row."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from batchspec import catalogue
from batchspec.catalogue.images import IMAGES, Known


@pytest.mark.parametrize("alias", catalogue.ALIASES)
def test_an_alias_is_a_known_image_with_its_own_agent_and_not_retired(alias: str) -> None:
    image = catalogue.ALIASES[alias]
    gone = catalogue.retirement("image", image.name)

    assert catalogue.agent_fits(alias, image.node_agent_sku_id) is True
    assert catalogue.agent_fits(image.name, image.node_agent_sku_id) is True
    assert catalogue.os_of(alias) == catalogue.os_of(image.name) == catalogue.os_of(image.node_agent_sku_id)
    assert gone is None or gone.date > catalogue.CATALOGUE_DATE


@pytest.mark.parametrize("row", IMAGES, ids=[row.prefix for row in IMAGES])
def test_a_row_is_lower_case_found_by_its_name_and_of_one_system(row: Known) -> None:
    name = f"{row.prefix}x"

    assert row.prefix == row.prefix.lower()
    assert row.prefix.count(":") == 2
    assert catalogue.image(name) is row
    assert catalogue.image(name.upper()) is row
    assert catalogue.os_of(name) == catalogue.os_of(row.node_agent_sku_id) != None  # noqa: E711  it is known


FITS = {
    ("ubuntu-24.04", "batch.node.ubuntu 24.04"): True,
    ("ubuntu-24.04", "Batch.Node.Ubuntu 24.04"): True,
    ("ubuntu-24.04", "batch.node.ubuntu 22.04"): False,
    ("ubuntu-24.04", "batch.node.windows amd64"): False,
    ("Canonical:UbuntuServer:18.04-LTS", "batch.node.ubuntu 18.04"): True,
    ("MicrosoftWindowsServer:WindowsServer:2022-datacenter", "batch.node.windows amd64"): True,
    ("MicrosoftWindowsServer:WindowsServer:2022-datacenter", "batch.node.ubuntu 22.04"): False,
    ("almalinux:almalinux-x86_64:9-gen1", "batch.node.el 8"): False,
    ("canonical:ubuntu-24_04-lts:server-arm64", "batch.node.ubuntu 24.04-arm64"): None,
    ("acme:linux:1", "batch.node.ubuntu 24.04"): None,
    ("/subscriptions/x/images/y", "batch.node.ubuntu 24.04"): None,
    ("", ""): None,
}


@pytest.mark.parametrize(("pair", "fits"), FITS.items(), ids=[" with ".join(pair) for pair in FITS])
def test_an_agent_fits_its_image_and_no_other(pair: tuple[str, str], fits: bool | None) -> None:
    assert catalogue.agent_fits(*pair) is fits


SYSTEMS = {
    "ubuntu-24.04": "linux",
    "windows-server-2022": "windows",
    "batch.node.windows amd64": "windows",
    "batch.node.el 9": "linux",
    "batch.node.something 1": "linux",
    "MicrosoftWindowsServer:WindowsServer:2099-datacenter": "windows",
    "redhat:rhel:9_4": "linux",
    "canonical:ubuntu-24_04-lts:server-arm64": "linux",
    "acme:linux:1": None,
    "microsoft-azure-batch:rendering-windows2016:rendering": None,
    "ubunto-24.04": None,
}


@pytest.mark.parametrize(("name", "system"), SYSTEMS.items(), ids=SYSTEMS)
def test_the_operating_system_is_known_from_alias_image_or_agent(name: str, system: str | None) -> None:
    assert catalogue.os_of(name) == system


CONTAINERS = {
    "ubuntu-hpc-24.04": True,
    "ubuntu-24.04": False,
    "windows-server-2022": False,
    "MicrosoftWindowsServer:WindowsServer:2016-Datacenter-with-Containers": True,
    "microsoft-azure-batch:centos-container-rdma:7-7": True,
    "acme:linux:1": None,
}


@pytest.mark.parametrize(("name", "there"), CONTAINERS.items(), ids=CONTAINERS)
def test_images_that_run_containers_are_known(name: str, there: bool | None) -> None:
    assert catalogue.runs_containers(name) is there


@given(st.text(max_size=60))
def test_any_text_has_an_answer(name: str) -> None:
    assert catalogue.os_of(name) in ("linux", "windows", None)
    assert catalogue.retirement("image", name) is None or catalogue.os_of(name) is not None
