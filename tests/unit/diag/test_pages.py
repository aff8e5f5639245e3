"""Pages in their parts."""

from __future__ import annotations

from batchspec.diag.pages import __main__ as made, lines, parts

PAGE = """\
# BS203 unknown-dependency

What it is.

## Why

Because.

## Example

```yaml
# a comment
## another
a: 1
```
"""


def test_headings_in_a_block_of_code_are_no_headings() -> None:
    assert parts(PAGE) == {
        "": "# BS203 unknown-dependency\n\nWhat it is.",
        "Why": "Because.",
        "Example": "```yaml\n# a comment\n## another\na: 1\n```",
    }


def test_the_lines_of_code_are_told_from_the_others() -> None:
    assert [line for line, is_code in lines(PAGE) if is_code] == ["```yaml", "# a comment", "## another", "a: 1", "```"]


def test_a_page_in_codes_md_is_a_level_lower_and_its_code_as_it_was() -> None:
    section = made._section("BS203", PAGE)

    assert section.startswith('\n<a id="bs203"></a>\n\n## BS203 unknown-dependency\n')
    assert "\n### Why\n" in section
    assert "\n# a comment\n## another\n" in section
