"""The composition: URLs of earlier runs, and when the last request was."""

from __future__ import annotations

import pytest

from batchspec.emulator.server import Activity, moved_url


@pytest.mark.parametrize(
    ("url", "moved"),
    [
        ("http://127.0.0.1:1000/batchspec/c/a%20b?sig=x%2By", "http://127.0.0.1:3000/batchspec/c/a%20b?sig=x%2By"),
        ("http://localhost:2000/batchspec", "http://127.0.0.1:3000/batchspec"),
        ("http://127.0.0.1:4000/other", "http://127.0.0.1:4000/other"),
        ("https://127.0.0.1:1000/tls", "https://127.0.0.1:1000/tls"),
        ("https://acct.blob.core.windows.net/c/a", "https://acct.blob.core.windows.net/c/a"),
        ("http://127.0.0.1:port/", "http://127.0.0.1:port/"),
        ("http://[half/", "http://[half/"),
        ("", ""),
    ],
)
def test_only_urls_that_we_handed_out_move(url: str, moved: str) -> None:
    assert moved_url(url, (1000, 2000, 3000), 3000) == moved


def test_an_open_request_is_activity_and_its_end_is_the_last() -> None:
    times = iter([1.0, 5.0, 9.0])
    activity = Activity(lambda: next(times))
    seen = [activity.quiet_since]

    with activity.request():
        with activity.request():
            seen.append(activity.quiet_since)
        seen.append(activity.quiet_since)
    seen.append(activity.quiet_since)

    assert seen == [1.0, None, None, 9.0]
