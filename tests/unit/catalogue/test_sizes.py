"""What the names of VM sizes say: a table of real sizes, and laws over names of their form."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from batchspec import catalogue

# From the pages below https://learn.microsoft.com/azure/virtual-machines/sizes/overview, old ones included.
VCPUS = {
    "Basic_A1": 1,
    "Basic_A4": 8,
    "Standard_A1": 1,
    "Standard_A3": 4,
    "Standard_A7": 8,
    "Standard_A9": 16,
    "Standard_A11": 16,
    "Standard_A1_v2": 1,
    "Standard_A8_v2": 8,
    "Standard_A8m_v2": 8,
    "Standard_B1ls": 1,
    "Standard_B2ms": 2,
    "Standard_B20ms": 20,
    "Standard_B4als_v2": 4,
    "Standard_B2pts_v2": 2,
    "Standard_D1": 1,
    "Standard_D4": 8,
    "Standard_D14": 16,
    "Standard_DS4": 8,
    "Standard_DS14": 16,
    "Standard_D3_v2": 4,
    "Standard_D5_v2": 16,
    "Standard_D15_v2": 20,
    "Standard_D15i_v2": 20,
    "Standard_D11_v2_Promo": 2,
    "Standard_DS2_v2": 2,
    "Standard_DS13-4_v2": 4,
    "Standard_DS14-8_v2": 8,
    "Standard_D2_v3": 2,
    "Standard_D64s_v3": 64,
    "Standard_D2s_v5": 2,
    "Standard_D96ads_v5": 96,
    "Standard_D16pds_v6": 16,
    "Standard_D192ds_v6": 192,
    "Standard_DC4s": 4,
    "Standard_DC8_v2": 8,
    "Standard_DC48ds_v3": 48,
    "Standard_DC4as_cc_v5": 4,
    "Standard_E64i_v3": 64,
    "Standard_E64-16s_v3": 16,
    "Standard_E96-48s_v5": 48,
    "Standard_E104ids_v5": 104,
    "Standard_EC96ias_v5": 96,
    "Standard_F16": 16,
    "Standard_F8s": 8,
    "Standard_F72s_v2": 72,
    "Standard_F64ams_v6": 64,
    "Standard_FX48mds": 48,
    "Standard_G1": 2,
    "Standard_G5": 32,
    "Standard_GS5-16": 16,
    "Standard_H8m": 8,
    "Standard_H16mr": 16,
    "Standard_HB60rs": 60,
    "Standard_HB120rs_v3": 120,
    "Standard_HB120-16rs_v3": 16,
    "Standard_HB176rs_v4": 176,
    "Standard_HB368rs_v5": 368,
    "Standard_HC44rs": 44,
    "Standard_HC44-32rs": 32,
    "Standard_HX176-24rs": 24,
    "Standard_L32s": 32,
    "Standard_L80as_v3": 80,
    "Standard_M8-2ms": 2,
    "Standard_M128s": 128,
    "Standard_M416-208s_v2": 208,
    "Standard_M832ixs_16_v3": 832,
    "Standard_NC6": 6,
    "Standard_NC24rs_v3": 24,
    "Standard_NC4as_T4_v3": 4,
    "Standard_NC24ads_A100_v4": 24,
    "Standard_NC80adis_H100_v5": 80,
    "Standard_NCC40ads_H100_v5": 40,
    "Standard_ND40rs_v2": 40,
    "Standard_ND96asr_v4": 96,
    "Standard_ND96isr_H100_v5": 96,
    "Standard_ND96isr_MI300X_v5": 96,
    "Standard_NG32ads_V620_v1": 32,
    "Standard_NP20s": 20,
    "Standard_NV12s_v3": 12,
    "Standard_NV4as_v4": 4,
    "Standard_NV36adms_A10_v5": 36,
    "Standard_NV28adms_V710_v5": 28,
}


@pytest.mark.parametrize(("name", "count"), VCPUS.items(), ids=VCPUS)
def test_a_real_size_has_the_vcpus_that_azure_says(name: str, count: int) -> None:
    assert catalogue.cores(name) == catalogue.cores(name.upper()) == catalogue.cores(name.lower()) == count
    assert catalogue.suggest(name) is None


UNSURE = (
    "Standard_Z4s_v9", "Standard_D4s", "Standard_D6_v2", "Standard_G9", "Basic_D2", "Standard_E8-16s_v5",
    "Standard_B0s", "small", "", "Standard_", "D2s_v5", "Standard_D2s_v5_", "Standard_D\u0662s_v5",
    "Standard_B" + "1" * 5000, "Standard_D2" + "_x" * 90_000, "D" + "_" * 100_000 + "v",
)  # fmt: skip


@pytest.mark.parametrize("name", UNSURE, ids=[name[:20] for name in UNSURE])
def test_nothing_is_said_of_a_name_that_is_not_known_for_sure(name: str) -> None:
    assert catalogue.cores(name) is None
    assert catalogue.most_slots(name) is None
    assert len(name) < 100 or catalogue.suggest(name) is None


RDMA = {
    "Standard_A8": True, "Standard_A10": False, "Standard_H16r": True, "Standard_H16": False,
    "Standard_HB120rs_v3": True, "Standard_HC44-16rs": True, "Standard_ND96isr_H100_v5": True,
    "Standard_ND96is_H100_v5": False, "Standard_NC24rs_v3": True, "Standard_NC24s_v3": False,
    "Standard_D2s_v5": False, "Standard_A8_v2": False, "Standard_Z4r_v9": None, "small": None,
}  # fmt: skip
GPU = {
    "Standard_NC6": True, "Standard_NV4as_v4": True, "Standard_ND96isr_H100_v5": True, "Standard_NG8ads_V620_v1": True,
    "Standard_NP10s": False, "Standard_HB120rs_v3": False, "Standard_D2s_v5": False, "Standard_Z4_v9": None,
}  # fmt: skip


@pytest.mark.parametrize(("name", "there"), RDMA.items(), ids=RDMA)
def test_an_rdma_network_is_read_from_the_name(name: str, there: bool | None) -> None:
    assert catalogue.has_rdma(name) is there


@pytest.mark.parametrize(("name", "there"), GPU.items(), ids=GPU)
def test_a_gpu_is_read_from_the_family(name: str, there: bool | None) -> None:
    assert catalogue.has_gpu(name) is there


SLOTS = {"Standard_A1_v2": 4, "Standard_D2s_v5": 8, "Standard_D64s_v3": 256, "Standard_HB120rs_v3": 256, "odd": None}


@pytest.mark.parametrize(("name", "slots"), SLOTS.items(), ids=SLOTS)
def test_a_node_has_four_slots_for_a_vcpu_and_256_at_most(name: str, slots: int | None) -> None:
    assert catalogue.most_slots(name) == slots


MEANT = {
    "D2s_v5": "Standard_D2s_v5",
    "d2sv5": "Standard_D2s_v5",
    "Standard_D2sv5": "Standard_D2s_v5",
    "Standard-D2s-v5": "Standard_D2s_v5",
    "standard d2s v5": "Standard_D2s_v5",
    "STANDARD_D2sV5": "Standard_D2s_v5",
    "std_D2s_v5": "Standard_D2s_v5",
    "E96-48s_v5": "Standard_E96-48s_v5",
    "Standard_D4s": "Standard_D4s_v5",
    "Standard_E8": "Standard_E8_v5",
    "Standard_NC24ads_A100v4": "Standard_NC24ads_A100_v4",
    "NV12s_v3": "Standard_NV12s_v3",
    "F8s": "Standard_F8s",
    "small": None,
    "Standard_Z4sv5": None,
    "Standard_Z4s_v9": None,
    "": None,
    "v5": None,
}


@pytest.mark.parametrize(("name", "meant"), MEANT.items(), ids=MEANT)
def test_a_near_miss_suggests_the_size_that_is_meant(name: str, meant: str | None) -> None:
    assert catalogue.suggest(name) == meant


FAMILIES = st.sampled_from(["B", "D", "DC", "DS", "E", "F", "FX", "HB", "L", "M", "NC", "ND", "NV", "Z"])
FEATURES = st.lists(st.sampled_from("abdilmprst"), max_size=4, unique=True).map("".join)
NAMES = st.builds(
    lambda family, number, used, features, accelerator, version: (
        f"Standard_{family}{number}{used}{features}{accelerator}{version}"
    ),
    FAMILIES,
    st.integers(0, 2000),
    st.sampled_from(["", "-2", "-16", "-4000"]),
    FEATURES,
    st.sampled_from(["", "_A100", "_T4", "_cc", "_16", "_NDR_GB200"]),
    st.sampled_from(["", "_v2", "_v3", "_v12", "_Promo", "_v2_Promo"]),
)


@given(NAMES)
def test_a_name_of_the_form_is_parsed_whatever_its_case(name: str) -> None:
    size = catalogue.parse(name)

    assert size is not None
    assert size == catalogue.parse(name.swapcase())


@given(NAMES)
def test_a_size_with_fewer_vcpus_in_use_never_has_more(name: str) -> None:
    size = catalogue.parse(name)
    count = catalogue.cores(name)
    assert size is not None

    if count is not None and size.used is not None:
        whole = catalogue.cores(name.replace(f"-{size.used}", "", 1))
        assert whole is not None
        assert count == size.used <= whole


@given(st.text(max_size=40) | NAMES)
def test_any_text_has_an_answer_and_a_suggestion_is_a_known_size(text: str) -> None:
    meant = catalogue.suggest(text)

    assert catalogue.has_gpu(text) in (True, False, None)
    assert meant is None or (catalogue.parse(meant) is not None and catalogue.suggest(meant) is None)
