from __future__ import annotations

from hypothesis import given, strategies as st

from batchspec.run.submit import chunks


@given(st.lists(st.integers()), st.integers(1, 7))
def test_batching_keeps_the_order_loses_nothing_and_stays_below_the_limit(items: list[int], size: int) -> None:
    parts = list(chunks(items, size))

    assert [item for part in parts for item in part] == items
    assert all(0 < len(part) <= size for part in parts)
    assert all(len(part) == size for part in parts[:-1])
