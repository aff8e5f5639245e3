"""Files of a node: nothing outside is ever seen, read or deleted."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from batchspec.emulator.batch.nodefiles import delete_file, find_file, list_files, stream
from batchspec.emulator.wire.errors import BatchError


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node with a task's directory, and beside the node what is none of its callers' business."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    root = tmp_path / "node"
    wd = root / "task" / "wd"
    wd.mkdir(parents=True)
    (root / "shared").mkdir()
    (root / "shared" / "data.txt").write_text("shared")
    (root / "task" / "stdout.txt").write_text("hello")
    (wd / "out.bin").write_bytes(bytes(range(256)) * 4096)
    (wd / "leaks.txt").symlink_to(outside / "secret.txt")
    (wd / "leak").symlink_to(outside)
    (wd / "near.txt").symlink_to(root / "shared" / "data.txt")
    (wd / "loop").symlink_to(wd)
    os.mkfifo(wd / "pipe")
    return root


OUT = ("../outside/secret.txt", "wd/leaks.txt", "wd/leak/secret.txt", "/etc/passwd", "wd/../../task/stdout.txt",
       "wd/pipe", "nothing", "stdout.txt/x", "wd/a\0b", "..", "x" * 5000)  # fmt: skip


@pytest.mark.parametrize("name", OUT, ids=lambda name: name[:20].replace("\0", "NUL"))
def test_a_name_that_leads_out_or_to_nothing_is_absent(node: Path, name: str) -> None:
    with pytest.raises(BatchError) as refusal:
        find_file(node / "task", name, node)

    assert refusal.value.code == "FileNotFound"


def test_a_link_within_the_node_is_followed(node: Path) -> None:
    assert find_file(node / "task", "wd/near.txt", node).path.read_text() == "shared"


def test_a_list_shows_one_level_or_all_without_following_links(node: Path) -> None:
    task = node / "task"

    assert [file.name for file in list_files(task, node, recursive=False)] == ["stdout.txt", "wd"]
    assert [file.name for file in list_files(task, node, recursive=True)] == [
        "stdout.txt",
        "wd",
        "wd/loop",
        "wd/near.txt",
        "wd/out.bin",
    ]


def test_a_stream_gives_the_bytes_that_were_asked_for(node: Path) -> None:
    file = find_file(node / "task", "wd/out.bin", node)
    content = file.path.read_bytes()

    async def read() -> bytes:
        return b"".join([chunk async for chunk in stream(file, 3, len(content) - 5)])

    assert anyio.run(read) == content[3:-2]


def test_a_stream_ends_when_the_file_does(node: Path) -> None:
    file = find_file(node / "task", "stdout.txt", node)

    async def read() -> bytes:
        return b"".join([chunk async for chunk in stream(file, 0, 100)])

    assert anyio.run(read) == b"hello"


def test_deleting_a_link_leaves_what_it_points_to(node: Path) -> None:
    delete_file(node / "task", "wd/leaks.txt", node, recursive=False)
    delete_file(node / "task", "wd/leak", node, recursive=True)

    assert not (node / "task" / "wd" / "leaks.txt").is_symlink()
    assert (node.parent / "outside" / "secret.txt").read_text() == "secret"


def test_a_directory_with_content_is_deleted_only_recursively(node: Path) -> None:
    with pytest.raises(BatchError) as refusal:
        delete_file(node / "task", "wd", node, recursive=False)
    delete_file(node / "task", "wd", node, recursive=True)

    assert refusal.value.code == "OperationInvalidForCurrentState"
    assert not (node / "task" / "wd").exists()


@pytest.mark.parametrize("name", ["..", "../outside/secret.txt", "wd/leak/secret.txt", "nothing", "."])
def test_nothing_outside_and_no_root_is_deleted(node: Path, name: str) -> None:
    with pytest.raises(BatchError):
        delete_file(node, name, node, recursive=True)
    with pytest.raises(BatchError):
        delete_file(node / "task", name, node, recursive=True)

    assert (node.parent / "outside" / "secret.txt").exists()
    assert (node / "task").is_dir()
