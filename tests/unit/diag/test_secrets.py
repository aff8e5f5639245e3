from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from batchspec.diag.secrets import MASK, SHORTEST, Redactor

TEXTS = {
    "a word": ({"sesame"}, "open sesame now", f"open {MASK} now"),
    "the longer of two": ({"sesame", "sesame-open"}, "sesame-open", MASK),
    "each line of several": ({"first line\nsecond line"}, "x second line y", f"x {MASK} y"),
    "too short to hide": ({"1"}, "10 of 11", "10 of 11"),
    "nothing secret": (set(), "text", "text"),
    "a pattern's characters": ({"a.*b"}, "a.*b axxb", f"{MASK} axxb"),
}


@pytest.mark.parametrize(("secrets", "text", "shown"), TEXTS.values(), ids=TEXTS)
def test_secrets_in_a_text_are_masked(secrets: set[str], text: str, shown: str) -> None:
    assert Redactor(secrets)(text) == shown


def test_only_the_texts_of_a_document_are_masked() -> None:
    document = {"true": True, "succeeded": 12345, "text": ["true", {"state": "say true"}]}

    masked = Redactor({"true", "12345", "state"}).document(document)

    assert masked == {"true": True, "succeeded": 12345, "text": [MASK, {"state": f"say {MASK}"}]}


@given(st.text(st.characters(codec="utf-8"), min_size=SHORTEST).filter(lambda text: len(text.strip()) >= SHORTEST))
def test_no_secret_is_left_in_a_text_or_in_its_json(secret: str) -> None:
    secret = secret.strip()
    if secret in MASK or MASK in secret:
        return

    redact = Redactor({secret})

    assert secret not in redact(f"before {secret} after")
    assert secret not in json.loads(json.dumps(redact.document([f"x{secret}y"])))[0]
