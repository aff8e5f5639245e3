"""Requests without a body are signed as they are sent: their length, too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchspec.errors import NotFound
from batchspec.service.batch import AzureBatch

WITHOUT_BODY: dict[str, Callable[[AzureBatch], None]] = {
    "enable job": lambda batch: batch.enable_job("none"),
    "delete job": lambda batch: batch.delete_job("none"),
    "stop resize": lambda batch: batch.stop_resize("none"),
    "disable autoscale": lambda batch: batch.disable_autoscale("none"),
    "reactivate task": lambda batch: batch.reactivate_task("none", "none"),
}


@pytest.mark.parametrize("name", WITHOUT_BODY)
def test_a_request_without_a_body_is_signed_as_it_is_sent(batch: AzureBatch, name: str) -> None:
    with pytest.raises(NotFound):
        WITHOUT_BODY[name](batch)
