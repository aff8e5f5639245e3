"""What of a command only a shell would understand: by its signs, its first word, its wildcards, its quotes.

Better to miss one than to cry wolf: what stands between quotes is a word for the program, and so is a pattern behind
an option (`find . -name *.txt`), a program's own pattern (`grep a.*b`), or an address with a question mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

# A quick look, since there may be a million of commands: all that a shell is needed for has one of these.
_ODD = re.compile(r"[&|;<>`$%*?~]")
_BUILTIN = r"(?:cd|source|\.|export|unset|set|ulimit|umask|alias|exit|eval|exec|trap|pushd|popd|shopt|declare)"
_FIRST = re.compile(rf"\s*(?:{_BUILTIN}(?!\S)|[A-Za-z_]\w*=|\S*sh\s+-)")

_SHELL = re.compile(r"&&|\|\||[|;<>`]|\$(?:[A-Za-z_]\w*|[{(])|(?<!\S)&(?!\S)")
# In a list each word stands for itself, so that only a word which is nothing but the shell's gives it away.
_SHELL_WORD = re.compile(r"&&|\|\||[|;&<]|[12&]?>>?(?:&[12])?|(?:[\w-]*[=:])?\$(?:[A-Za-z_]\w*|\{\w+\}|\()(?:/.*)?")
_IS_SHELL = re.compile(
    r"\s*\"*(\S*[/\\])?(bash|sh|dash|zsh|env|cmd(\.exe)?|powershell(\.exe)?|pwsh(\.exe)?)\b", re.IGNORECASE
)
# Texts, not compiled: few specs have a command in which they have to look.
_CMD = r"&&|\|\||[|<>]|%[A-Za-z_]\w*%|(?<!\S)&(?!\S)"
_TO_SHELL = r"\s(?:\S*/)?(?:bash|sh|dash|zsh)\s+-[a-z]*c\b"  # mpirun -n 4 bash -c "...": from here on it is read
_BARE_SCRIPT = r"\s*(?:\S*/)?(?:bash|sh|dash|zsh)\s+-[a-z]*c\s+([^\s'\"]+)\s+\S"
# An escaped character, or one word of a program's; a quote that is not closed goes to the end, so that each character
# is looked at once, however many quotes there are.
_QUOTED = r"\\(?s:.)|'[^']*('|\Z)|\"(?:[^\"\\]|\\(?s:.))*(\"|\\?\Z)"
_OPEN_QUOTE = r"(?<!\\)['\"]\S*"
_READ_IN_QUOTES = r"(?<!\\)(?:\$(?:[A-Za-z_]\w*|[{(])|`)"  # what a shell reads between double quotes, too
_QUOTED_FOR_CMD, _READ_BY_CMD = r'"[^"]*"', r"%[A-Za-z_]\w*%"
_TAKES_PATTERN = frozenset(("grep", "egrep", "fgrep", "rg", "sed", "awk", "expr", "pgrep", "pkill"))
_OPTION_WITH_PATTERN = r"--?[A-Za-z][\w-]{3,}|-cp"  # java -cp lib/* reads it itself


def may_need_shell(line: str) -> bool:
    """Whether it is worth a closer look."""
    return (
        _ODD.search(line) is not None or _FIRST.match(line) is not None or (line.count('"') | line.count("'")) & 1 == 1
    )


def of_line(line: str) -> str | None:
    """What of a Linux command line needs a shell."""
    if _IS_SHELL.match(line):
        return None
    before = re.split(_TO_SHELL, line, maxsplit=1)[0]
    bare = re.sub(_QUOTED, _unquoted, before)
    match = _SHELL.search(bare)
    return match[0] if match else _first_word(bare) or _wildcard(bare.split())


def of_windows(line: str) -> str | None:
    """Only double quotes mean anything there, and $ and ; nothing."""
    if _IS_SHELL.match(line):
        return None
    match = re.search(
        _CMD, re.sub(_QUOTED_FOR_CMD, lambda one: " ".join(re.findall(_READ_BY_CMD, one[0])) or "x", line)
    )
    return match[0] if match else None


def of_words(words: Sequence[object]) -> str | None:
    """What of a list needs a shell. Wildcards are left alone: nothing says that they are not for the program."""
    texts = [str(word) for word in words]
    if _IS_SHELL.fullmatch(texts[0]):
        return None
    found = next((word for word in texts[1:] if _SHELL_WORD.fullmatch(word)), None)
    return found or (_first_word(texts[0]) if " " not in texts[0] else None)


def open_quote(line: str) -> str | None:
    """A quote that is not closed, and the word behind it."""
    match = re.search(_OPEN_QUOTE, re.sub(_QUOTED, lambda one: "x" if _is_closed(one) else one[0], line))
    return match[0] if match else None


def bare_script(line: str) -> str | None:
    """The one word that a shell would take as its script, where more words follow and none is in quotes."""
    match = re.match(_BARE_SCRIPT, line)
    return match[1] if match else None


def _is_closed(quoted: re.Match[str]) -> bool:
    return quoted[1] == "'" or quoted[2] == '"'


def _unquoted(quoted: re.Match[str]) -> str:
    """What a shell would read in what stands between quotes, or a plain word."""
    if not _is_closed(quoted):
        return quoted[0]
    inside = quoted[0][1:-1] if quoted[0].startswith('"') else ""
    return " ".join(re.findall(_READ_IN_QUOTES, inside)) or "x"


def _first_word(line: str) -> str | None:
    """A builtin, a variable before the program, or a program below ~."""
    match = re.match(rf"\s*({_BUILTIN}(?!\S)|[A-Za-z_]\w*=|~/)", line)
    return match[1] if match else None


def _wildcard(words: Sequence[str]) -> str | None:
    """The first word, bare of quotes, that a shell would put files or the home directory in the place of."""
    patterns = 1 if words and words[0].rpartition("/")[2] in _TAKES_PATTERN else 0
    for before, word in pairwise(words):
        if word.startswith("-"):
            continue
        if patterns:
            patterns -= 1
        elif word == "~" or word.startswith("~/"):
            return "~"
        elif re.search(r"(?<!\\)[*?]", word) and not _is_for_program(before, word):
            return word
    return None


def _is_for_program(before: str, word: str) -> bool:
    if "*" not in word and not set("./") & set(word):  # echo what?
        return True
    if "://" in word or "=" in word or re.fullmatch(_OPTION_WITH_PATTERN, before):
        return True
    return word in ("*", "?") and before.isdecimal()  # 2 * 3
