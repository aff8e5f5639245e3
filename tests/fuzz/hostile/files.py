"""Files that a spec leads to: of every kind, everywhere, and very many."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.hostile.case import HEAD, JOB, MB, POOL, TASK, TASKS, Case, task

OUTSIDE = "/etc/passwd"
_KINDS: dict[str, Callable[[Path], None]] = {
    "a pipe": lambda path: os.mkfifo(path),
    "a link to zeros": lambda path: path.symlink_to("/dev/zero"),
    "a link to outside": lambda path: path.symlink_to(OUTSIDE),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a folder": lambda path: path.mkdir(),
    "a link to a folder outside": lambda path: path.symlink_to("/etc"),
    "a link to the terminal": lambda path: path.symlink_to("/dev/tty"),
    "a link to what is running": lambda path: path.symlink_to("/proc/self/environ"),
}
_USES = {
    "include": HEAD + "include: [it]\n" + POOL + JOB + TASKS + TASK,
    "csv": task("matrix: {i: {csv: it}}"),
    "input": task("inputs: [{path: it}]"),
    "glob": task("inputs: [{path: 'i*'}], matrix: {i: {files: 'i*'}}"),
    "deep glob": task("inputs: [{path: 'it/**'}], matrix: {i: {files: 'it/**/*'}}"),
}
_PATHS = (
    OUTSIDE, "../../../../../../../../etc/passwd", "/dev/zero", "/dev/stdin", "/proc/self/environ", "file:///etc/passwd", "~/.ssh/id_rsa",
    "/etc/*", "../*", "a/../../x", "**/../../*", "//etc/passwd", "\\\\host\\share", "x/./../..//etc", "/dev/fd/0", ".", "..", "/", "",
)  # fmt: skip


def _of_kind(kind: Callable[[Path], None], spec: str) -> Case:
    def make(folder: Path) -> None:
        (folder / "spec.yaml").write_text(spec)
        kind(folder / "it")

    return Case(make)


def _path(path: str, *more: str) -> Case:
    def make(folder: Path) -> None:
        listed = [
            HEAD + f"include: ['{path}']\n" + POOL + JOB + TASKS + TASK,
            task(f"matrix: {{i: {{csv: '{path}'}}}}"),
            task(f"matrix: {{i: {{files: '{path}'}}}}"),
            task(f"inputs: [{{path: '{path}'}}], outputs: [{{path: '{path}'}}]"),
            HEAD + POOL + f"job: {{id: demo, inputs: [{{path: '{path}'}}]}}\n" + TASKS + TASK,
        ]
        (folder / "spec.yaml").write_text("---\n".join(listed))

    return Case(make, ("spec.yaml", *more))


def _with(spec: str, *arguments: str, **files: str | bytes) -> Case:
    """A case of several files, whose names have _ in place of a dot."""

    def make(folder: Path) -> None:
        (folder / "spec.yaml").write_text(spec)
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / name.replace("_", ".")).write_bytes(data)

    return Case(make, arguments or ("spec.yaml",))


def _forest(spec: str) -> Case:
    """3,000 files, in folders 30 deep."""

    def make(folder: Path) -> None:
        (folder / "spec.yaml").write_text(spec)
        for number in range(20):
            here = folder / f"d{number}"
            for level in range(30):
                here = here / f"e{level}"
            here.mkdir(parents=True)
            for at in range(150):
                (here / f"f{at}").touch()

    return Case(make)


def _parts(count: int) -> Case:
    def make(folder: Path) -> None:
        listed = ", ".join(f"p{at}.yaml" for at in range(count))
        (folder / "spec.yaml").write_text(HEAD + f"include: [{listed}]\n" + POOL + JOB + TASKS + TASK)
        for at in range(count):
            (folder / f"p{at}.yaml").write_text(f"include: [{listed}]\n" + "x: y\n")

    return Case(make)


def _in_folder(make: Callable[[Path], None]) -> Case:
    return Case(make, (".",))


def _odd_names(folder: Path) -> None:
    for name in (
        "a\x1b[2Jb.yaml",
        "a\nb.yaml",
        "::error::x.yaml",
        "\u202eb.yaml",
        "-x.yaml",
        os.fsdecode(b"\xff\xfe.yaml"),
    ):
        (folder / name).write_text(HEAD + "nope: 1\n")


def _odd_neighbours(folder: Path) -> None:
    (folder / "spec.yaml").write_text(
        task(
            "inputs: [{path: 'it-\x1b'}, {path: 'abc'}, {path: '*.txt'}], matrix: {i: {files: '*.txt'}}".replace(
                "\x1b", ""
            )
        )
    )
    for name in ("abcd\x1b[2J", "abc\n", "a\x1b.txt", "a\nb.txt", os.fsdecode(b"\xff.txt"), "${{ env.HOME }}.txt"):
        (folder / name).touch()


def _many_files(folder: Path) -> None:
    for at in range(300):
        (folder / f"a{at}.yaml").write_text(HEAD + POOL + JOB + TASKS + TASK)


def _kinds_in_a_folder(folder: Path) -> None:
    (folder / "spec.yaml").write_text(HEAD + POOL + JOB + TASKS + TASK)
    for at, kind in enumerate(_KINDS.values()):
        kind(folder / f"b{at}.yaml")


_CSV = task("matrix: {i: {csv: data.csv}}")
CASES: dict[str, Case] = {
    **{f"{use}: {name}": _of_kind(kind, spec) for use, spec in _USES.items() for name, kind in _KINDS.items()},
    **{f"path: {path or 'nothing'}": _path(path) for path in _PATHS},
    "a csv of 10**6 rows": _with(_CSV, data_csv="a\n" + "1\n" * 500_000),
    "a csv of one row of 1 MB": _with(_CSV, data_csv="a\n" + "1" * MB),
    "a csv of 500,000 columns": _with(_CSV, data_csv="a," * 500_000 + "\n"),
    "a csv of 500,000 columns with names": _with(_CSV, data_csv=",".join(f"a{at}" for at in range(150_000)) + "\n1\n"),
    "a csv of quotes": _with(_CSV, data_csv='"' * MB),
    "a csv of zeros": _with(_CSV, data_csv=bytes(MB)),
    "a csv that is not UTF-8": _with(_CSV, data_csv=b"\xff" * MB),
    "a csv with an escape sequence": _with(_CSV, data_csv="a,\x1b[2J\n1\n"),
    "a csv of empty lines": _with(_CSV, data_csv="\n" * MB),
    "an include of itself": _with(HEAD + "include: [spec.yaml]\n" + TASKS + TASK),
    "a circle of includes": _with(HEAD + "include: [a.yaml]\n", a_yaml="include: [b.yaml]\n", b_yaml="include: [a.yaml]\n"),
    "100 includes of 100 includes": _parts(100),
    "90 includes of 90 includes": _parts(90),
    "50,000 includes of nothing": _with(HEAD + "include: [" + ", ".join(f"n{at}" for at in range(50_000)) + "]\n"),
    "an include of 1 MB of brackets": _with(HEAD + "include: [a.yaml]\n", a_yaml="[" * MB),
    "an include of an alias bomb": _with(HEAD + "include: [a.yaml]\n", a_yaml="x: &a [" + "x, " * 2_000 + "]\ny: [" + "*a, " * 2_400 + "]\n"),
    "1 MB of tasks included": _with(HEAD + "include: [a.yaml]\n" + POOL + JOB + TASKS + TASK, a_yaml="tasks:\n" + "".join(f"  - {{id: t{at}, comand: ls}}\n" for at in range(30_000))),
    "a params-file of 1 MB": _with(HEAD + POOL + JOB + TASKS + TASK, "--params-file", "p.yaml", "spec.yaml", p_yaml="".join(f"a{at}: 1\n" for at in range(80_000))),
    "a params-file of lists": _with(HEAD + POOL + JOB + TASKS + TASK, "--params-file", "p.yaml", "spec.yaml", p_yaml="".join(f"a{at}: []\n" for at in range(80_000))),
    "a glob of many doublestars": _forest(task("inputs: [{path: '" + "**/" * 900 + "*'}]")),
    "a glob of many doublestars and stars": _forest(task("inputs: [{path: '" + "**/*/" * 200 + "nope'}]")),
    "a glob of many stars in a name": _forest(task("inputs: [{path: '**/" + "*a" * 900 + "'}]")),
    "a glob of classes": _forest(task("inputs: [{path: '**/" + "[!a-z]*" * 500 + "'}]")),
    "1,000 globs over 3,000 files": _forest(task("inputs: [" + ", ".join(f"{{path: '**/*{at}'}}" for at in range(1_000)) + "]")),
    "400 axes of globs over 3,000 files": _forest(task("matrix: {" + ", ".join(f"a{at}: {{files: '**/nope{at}'}}" for at in range(400)) + "}")),
    "names of files": _in_folder(_odd_names),
    "names of neighbours": Case(_odd_neighbours),
    "300 specs in a folder": _in_folder(_many_files),
    "special files in a folder": _in_folder(_kinds_in_a_folder),
    "the spec is a folder": Case(lambda folder: (folder / "spec.yaml").mkdir(), ("spec.yaml/x",)),
    "a name of 5,000 characters": Case(lambda _: None, ("x" * 5_000,)),
    "an input's name of 5,000 characters": _with(task(f"inputs: [{{path: {'x' * 4_000}}}, {{path: '{'x/' * 2_000}'}}], matrix: {{i: {{files: '{'x' * 4_000}*'}}}}")),
}  # fmt: skip
