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
_LONGEST = 60  # characters of a variable's name


def escape(text: str) -> str:
    """The text as a spec has it: evaluated, it gives itself again."""
    return text.replace(_OPEN, _ESCAPED)


def sounds_secret(name: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    return _SECRET_NAME.search(name) is not None


@dataclass
class Secrets:
    """Secrets, and the variables of the caller's environment that stand for them. keep: leave them as they are."""

    keep: bool = False
    variables: dict[str, str] = field(default_factory=dict)  # values by variables

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
        known = next((name for name, held in self.variables.items() if held == value), None)
        name = known or self._name(label)
        self.variables[name] = value
        return f"${{{{ env.{name} }}}}"

    def _name(self, label: tuple[str, ...]) -> str:
        words = [word for word in re.split(r"[^A-Z0-9]+", "_".join(label).upper()) if word]
        base = "_".join(words)[:_LONGEST] or "SECRET"
        base = f"SECRET_{base}" if base[0].isdigit() else base
        name, count = base, 1
        while name in self.variables:
            count += 1
            name = f"{base}_{count}"
        return name
