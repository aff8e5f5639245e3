"""A whole emulator in a process of its own: `running_emulator`, and the fixture `emulator` on top of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.storage.blob import BlobServiceClient

from tests.support.control import Control

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "batchspec.emulator")
STOP_GRACE = 30  # seconds


@dataclass(frozen=True)
class Emulator:
    """A running emulator: where it is, and what it printed when it was ready."""

    root: Path
    process: subprocess.Popen[str]
    variables: Mapping[str, str] = field(repr=False)

    @property
    def account(self) -> str:
        return self.variables["AZURE_BATCH_ACCOUNT_NAME"]

    @property
    def key(self) -> str:
        return self.variables["AZURE_BATCH_ACCOUNT_KEY"]

    @property
    def url(self) -> str:
        return self.variables["AZURE_BATCH_ACCOUNT_URL"]

    @property
    def connection_string(self) -> str:
        return self.variables["AZURE_STORAGE_CONNECTION_STRING"]

    @property
    def storage_url(self) -> str:
        """Where the containers are."""
        return f"{self.url}/{self.account}"

    @property
    def batch_kwargs(self) -> dict[str, Any]:
        """What `BatchServiceClient` of azure-batch 14 takes."""
        return {"credentials": SharedKeyCredentials(self.account, self.key), "batch_url": self.url}

    def batch(self) -> BatchServiceClient:
        """The unmodified SDK; close it, or use it as a context manager."""
        return BatchServiceClient(**self.batch_kwargs)

    @property
    def control(self) -> Control:
        """Its control plane."""
        return Control(self.url)

    def blobs(self) -> BlobServiceClient:
        """The unmodified SDK, without retries; close it, or use it as a context manager."""
        return BlobServiceClient.from_connection_string(self.connection_string, retry_total=0)


@contextmanager
def running_emulator(
    root: Path, *options: str, clock_rate: float = 1.0, clock_skew: float = 0.0, control: bool = False
) -> Iterator[Emulator]:
    """`serve` over a directory, ready; stopped at the end, when nothing of it may be left.

    Its clock runs `clock_rate` times as fast, and it is wrong about the time of day by `clock_skew` seconds. With
    `control`, it does what `Emulator.control` asks for.
    """
    given = [f"--clock-rate={clock_rate}", f"--clock-skew={clock_skew}", *["--control"] * control]
    process = subprocess.Popen(
        [*COMMAND, "serve", "--root", str(root), "--json", *given, *options],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the emulator ended before it was ready, with code {process.wait()}"
        yield Emulator(root, process, json.loads(line))
    finally:
        end(process)
    assert processes_of(root) == []


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator for one test."""
    with running_emulator(tmp_path / "emulator") as emulator:
        yield emulator


def end(process: subprocess.Popen[str]) -> int:
    """Stop a process politely, then for certain; its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(STOP_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return code


def processes_of(root: Path) -> list[int]:
    """Living processes that an emulator in `root` is, or started: by command line or environment (Linux)."""
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit() and _belongs(entry, os.fsencode(root))]


def none_left(root: Path, patience: float = 10.0) -> bool:
    """Whether all of an emulator's processes have ended: one that stops lets go of its directory a moment before."""
    deadline = time.monotonic() + patience
    while processes_of(root):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _belongs(process: Path, root: bytes) -> bool:
    if process.name == str(os.getpid()):
        return False
    try:
        command = (process / "cmdline").read_bytes()
        environment = (process / "environ").read_bytes()
    except OSError:  # gone, or another user's
        return False
    return (b"batchspec.emulator" in command and root in command.split(b"\0")) or (
        b"\0AZ_BATCH_NODE_ROOT_DIR=" + root + b"/" in b"\0" + environment
    )
