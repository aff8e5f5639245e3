"""Texts of JSON as texts of a spec: what looks like an expression is escaped, what is secret becomes a reference."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_OPEN = "${{"
_ESCAPED = '${{ "${{" }}'

# A signature's whole query, and the key of a storage account's connection string.
_IN_CLEAR = re.compile(
    r"(?P<before>https?://[^\s?'\"]+\?)(?P<sas>[^\s'\"]*?\bsig=[^\s'\"]*)|(?<=AccountKey=)(?P<account_key>[^;\s'\"]+)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|CONNECTION_?STRING|PRIVATE_?KEY|(?:^|_)(?:API|ACCESS|ACCOUNT)_?KEY|"
    r"(?:^|_)(?:KEY|SAS|PWD)$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\$\{\{ env\.(\w+) \}\}")
_LONGEST = 60  # characters of a variable's name


def escape(text: str) -> str:
    """The text as a spec has it: evaluated, it gives itself again."""
    return text.replace(_OPEN, _ESCAPED)


def _unescape(text: str) -> str:
    return text.replace(_ESCAPED, _OPEN)


def sounds_secret(name: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    return _SECRET_NAME.search(name) is not None


@dataclass
class Secrets:
    """Secrets, and the variables of the caller's environment that stand for them. keep: leave them as they are."""

    keep: bool = False
    variables: dict[str, str] = field(default_factory=dict)  # values by variables
    _names: dict[str, str] = field(default_factory=dict)  # variables by values
    _counts: dict[str, int] = field(default_factory=dict)  # how many variables begin with a name

    def text(self, text: str, label: tuple[str, ...]) -> str:
        """A text, escaped, its signatures and keys replaced."""
        if self.keep:
            return escape(text)
        made, at = "", 0
        for match in _IN_CLEAR.finditer(text):
            what = "sas" if match["sas"] else "account_key"
            made += escape(text[at : match.start(what)]) + self.reference(match[what], (*label, what))
            at = match.end(what)
        return made + escape(text[at:])

    def reference(self, value: str, label: tuple[str, ...]) -> str:
        """What stands in the spec for a secret; one variable for one value."""
        if self.keep:
            return escape(value)
        name = self._names.get(value)
        if name is None:
            name = self._names[value] = self._name(label)
            self.variables[name] = value
        return f"${{{{ env.{name} }}}}"

    def is_reference(self, text: str) -> bool:
        """Whether a text of a spec is a variable and nothing else."""
        match = _REFERENCE.fullmatch(text)
        return match is not None and match[1] in self.variables

    def plain(self, text: str) -> str:
        """What a text of a spec, escaped and with references, was made from."""
        return _unescape(_REFERENCE.sub(lambda match: self.variables.get(match[1], match[0]), text))

    def written(self, text: str) -> str:
        """The same without what the references stand for."""
        return _unescape(_REFERENCE.sub("", text))

    def _name(self, label: tuple[str, ...]) -> str:
        words = [word for word in re.split(r"[^A-Z0-9]+", "_".join(label).upper()) if word]
        base = "_".join(words)[:_LONGEST] or "SECRET"
        base = f"SECRET_{base}" if base[0].isdigit() else base
        while True:
            count = self._counts[base] = self._counts.get(base, 0) + 1
            name = base if count == 1 else f"{base}_{count}"
            if name not in self.variables:
                return name
