"""Every code has its page, and its examples are true."""

from __future__ import annotations

from pathlib import Path

import pytest

import batchspec
from batchspec.diag import CODES
from batchspec.diag.pages import PARTS, __main__ as made, page, pages, parts
from tests.support.pages import Block, examples, found, runs_now

ROOT = Path(batchspec.__file__).parents[1]
PAGES = pages()
LONGEST = 45  # lines
NEEDS_OTHER_BYTES = {"BS001"}  # its example cannot stand in a page, which is UTF-8


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert PAGES.keys() == {code for code, row in CODES.items() if row.status != "retired"}


@pytest.mark.parametrize("code", PAGES)
def test_a_page_has_its_title_and_its_four_parts(code: str) -> None:
    found = parts(PAGES[code])

    title, _, what = found.pop("").partition("\n")
    assert title == f"# {code} {CODES[code].name}"
    assert what.strip()
    assert tuple(found) == PARTS
    assert all(found.values())
    assert len(PAGES[code].splitlines()) <= LONGEST
    assert PAGES[code].endswith("\n")


RUN = [
    (code, part, at, block)
    for code in PAGES
    if code in CODES and runs_now(code)
    for part in ("Example", "Instead")
    for at, block in enumerate(examples(PAGES[code], part))
    if block.runs
]


@pytest.mark.parametrize(
    ("code", "part", "block"),
    [(code, part, block) for code, part, _, block in RUN],
    ids=[f"{code}-{part}-{at}" for code, part, at, _ in RUN],
)
def test_an_example_has_the_finding_and_what_to_write_instead_has_no_error(
    code: str, part: str, block: Block, tmp_path: Path
) -> None:
    diagnostics = found(block, tmp_path)

    told = [f"{one.code} {one.message}" for one in diagnostics]
    if part == "Example":
        assert code in {one.code for one in diagnostics}, told
    else:
        assert not [one for one in diagnostics if one.code == code or one.severity.value == "error"], told


@pytest.mark.parametrize("code", PAGES)
def test_every_page_shows_a_block_for_both(code: str) -> None:
    for part in ("Example", "Instead"):
        shown = examples(PAGES[code], part)

        assert shown
        assert {block.language for block in shown} <= {"yaml", "text", "console"}
        assert any(block.runs for block in shown) or not runs_now(code) or code in NEEDS_OTHER_BYTES


def test_codes_md_is_what_the_registry_and_the_pages_say() -> None:
    assert (ROOT / "CODES.md").read_text(encoding="utf-8") == made.text()


def test_a_stale_codes_md_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "CODES.md"

    assert made.main(["--check", str(path)]) == 1
    assert made.main([str(path)]) == 0
    assert made.main(["--check", str(path)]) == 0
    path.write_text("# Codes\n")
    assert made.main(["--check", str(path)]) == 1
    assert "python -m batchspec.diag.pages" in capsys.readouterr().err


def test_a_page_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        page("BS999")
    with pytest.raises(KeyError):
        page("../codes")
