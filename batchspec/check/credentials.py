"""What gives a secret away: the form of a value, or the name of what holds it. Better to miss one than to cry wolf."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from batchspec.reading import Scalar
from batchspec.spec.expression import BadExpression, pieces
from batchspec.spec.resolve import Evaluated

# Texts without which nothing below matches: a long text is searched only when it has one of them.
SIGNS = (
    "sig=", "@", "key=", "Key=", "PRIVATE KEY", "gh", "github_pat_", "AKIA", "ASIA", "eyJ", "xox", "==",
    ' sk-', '"sk-', "'sk-", "=sk-", ":sk-",
    "KEY=", "TOKEN=", "token=", "SECRET=", "secret=", "PASSWORD=", "password=", "PASSPHRASE=", "PASS=", "PWD=", "SAS=",
)  # fmt: skip

_STORAGE = r"\bhttps?://[^\s'\"?]{1,500}\.(?:blob|dfs|file|queue|table)\.[^\s'\"?]{1,2000}\?"
_NO_BLANK = r"(?!(?i:x+|sig|signature|redacted|secret)\b)"  # a signature of any length, but none to fill in
_IN_URL = (
    (r"[?&;]sig=[A-Za-z0-9%+/_=-]{20,}", "a SAS signature"),
    (_STORAGE + r"(?=\S{0,2000}\bs[epv]=)[^\s'\"]{0,2000}\bsig=" + _NO_BLANK + r"[A-Za-z0-9%]", "a SAS signature"),
    (r"\b[a-z][a-z0-9+.-]{0,30}://[^\s/@:'\"$]{1,200}:[^\s/@'\"$]{1,500}@[\w\[]", "a user's password"),
    (r"\bhttps?://[^\s'\"]{0,2000}[?&](?i:account_?key|access_?key|api_?key)=[^\s&'\"$]{16,}", "a key"),
)
_ALONE = (
    (r"\b(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{20,}={0,2}", "an account key"),
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
    (r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})", "a token of GitHub"),
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", "an access key of AWS"),
    (r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", "a signed token (JWT)"),
    (r"\bxox[abeoprs]-[A-Za-z0-9-]{20,}", "a token of Slack"),
    (r"(?<![A-Za-z0-9_-])sk-(?:[a-z]+-)*[A-Za-z0-9_]{24,}", "an API key"),
    # 64 bytes in base64, as the keys of storage and Batch accounts are; sha512-... is a checksum.
    (r"(?<![A-Za-z0-9+/=-])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])", "an account key"),
)
# Neither PASS alone nor RENDER_PASS: work is done in passes, too.
_NAME = (
    r"(?:^|[_.-])(?:pwd|token|sas|(?:api|access|account|private|storage|shared|signing|encryption)[_-]?key"
    r"|conn(?:ection)?[_-]?str(?:ing)?|credentials?)\d*$|(?:password|passwd|passphrase|secret|apikey)s?(?:_?key)?\d*$"
    r"|(?:^|[_.-])(?:admin|auth|db|docker|login|mail|my?sql|pg|proxy|redis|registry|root|smtp|user)[_-]?pass\d*$"
)
_HARMLESS = (
    r"(?i:true|false|yes|no|none|null|default|disabled?|enabled?|optional|required|anonymous|[\d.:,-]+)"
    r"|[./~$<%*\[{@].*|[A-Za-z]:\\.*|\w+://\S*|[\w.-]+(?:/[\w.-]+)*/[\w-]+\.[a-z]\w{0,4}"
)
# In a script or a command line: NAME=value, --name=value; the value bare or in quotes, and nothing that a shell reads.
_ASSIGNED = (
    r"(?:^|(?<=[\s;&|'\"]))-{0,2}(?P<name>[A-Za-z_][\w-]{0,100})="
    r"(?:\"(?P<double>[^\"$`\n]{8,})\"|'(?P<single>[^'$\n]{8,})'|(?P<bare>[^\s;&|\"'$`()<>{},]{8,})(?=$|[\s;&|'\"]))"
)
_SHORTEST = 6  # characters of a value that is worth a word


def is_hidden(node: Scalar) -> bool:
    """Whether the caller's environment has a part in it, or would have if its variable were set."""
    text = node.value
    if node.secret or not isinstance(text, str) or "${{" not in text or isinstance(node, Evaluated):
        return node.secret
    try:
        return any(piece.uses("env") for piece in pieces(text))
    except BadExpression:  # told where it is evaluated
        return False


def has_sign(text: str) -> bool:
    """Whether it is worth a closer look."""
    return text.startswith("sk-") or any(sign in text for sign in SIGNS)


def of_url(text: str) -> str | None:
    """What secret a URL in the text carries."""
    return _first(_IN_URL, text)


def of_value(text: str) -> str | None:
    """What secret the text looks like."""
    return _first(_ALONE, text)


def _first(kinds: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((what for pattern, what in kinds if re.search(pattern, text)), None)


def assigned(script: str) -> str | None:
    """The name that is called like a secret, and is given one by a script: a value with a digit and a letter in it."""
    for match in re.finditer(_ASSIGNED, script, re.MULTILINE):
        value = match["double"] or match["single"] or match["bare"]
        if is_name(match["name"]) and is_worth(value) and re.search(r"\d", value) and re.search(r"[A-Za-z]", value):
            return match["name"]
    return None


def literal(node: Scalar, secrets: Collection[str]) -> str:
    """What of a text is written as it is, with a $ for each expression; of a node without a place, for each secret."""
    text = node.file.text[node.start : node.end] if node.end else str(node.value)
    text = re.sub(r"\$\{\{.*?\}\}", "$", text, flags=re.DOTALL)
    for secret in () if node.end else sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "$")
    return text


@lru_cache(maxsize=1024)  # a spec's tasks have the same names again and again
def is_name(name: str) -> bool:
    """Whether what is called so holds a secret itself: API_TOKEN, but neither TOKEN_FILE nor MAX_TOKENS."""
    return re.search(_NAME, re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()) is not None


def is_worth(value: object) -> bool:
    """Whether a value behind such a name can be a secret: no number, no switch, no path and no blank to fill in."""
    return isinstance(value, str) and len(value) >= _SHORTEST and re.fullmatch(_HARMLESS, value, re.DOTALL) is None
