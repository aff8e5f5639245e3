"""The listening socket; the rest of the life cycle is tested as a process."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from batchspec.emulator.home import HomeError, Identity
from batchspec.emulator.lifecycle import _bind


def test_answers_are_not_held_back_by_nagle() -> None:
    # asyncio sets TCP_NODELAY only on sockets that name their protocol
    with closing(_bind(0, Identity("batchspec", "", ()))) as listener:
        assert (listener.proto, listener.getsockname()[0]) == (socket.IPPROTO_TCP, "127.0.0.1")


def test_the_last_port_is_taken_up_again() -> None:
    with closing(_bind(0, Identity("batchspec", "", ()))) as first:
        port = first.getsockname()[1]

    with closing(_bind(0, Identity("batchspec", "", (1, port)))) as second:
        assert second.getsockname()[1] == port


def test_a_port_that_is_taken_is_not_replaced_in_silence() -> None:
    with closing(_bind(0, Identity("batchspec", "", ()))) as taken, pytest.raises(HomeError, match="is taken"):
        _bind(taken.getsockname()[1], Identity("batchspec", "", ()))
