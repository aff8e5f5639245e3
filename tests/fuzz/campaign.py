"""One target, fuzzed for some time: `python -m tests.fuzz.campaign TARGET SECONDS FOLDER`."""

from __future__ import annotations

import gc
import random
import resource
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LONGEST = 16_000  # bytes of an input: what grows too fast shows before
MEMORY = 4 * 1024**3


class Campaign:
    """What was tried, and what broke. It is written down at once: libFuzzer ends its process without a word to us."""

    def __init__(self, target: str, seconds: float, folder: Path, found: Path) -> None:
        self.target, self.folder, self.found = target, folder, found
        self.end = time.monotonic() + seconds
        self.tried = 0
        self.slowest = 0.0
        self.sizes: dict[str, int] = {}

    def attempt(self, data: bytes) -> None:
        """Try one input."""
        from tests.fuzz.judge import judge

        verdict = judge(self.target, data, self.folder)
        self.tried += 1
        fault = verdict.fault
        if fault is not None and len(data) < self.sizes.get(fault.key, LONGEST + 1):
            self.sizes[fault.key] = len(data)
            (self.found / fault.key).write_bytes(data)
            (self.found / f"{fault.key}.txt").write_text(fault.words)
        if verdict.cpu > self.slowest:
            self.slowest = verdict.cpu
            (self.found / f"{self.target}.slowest").write_bytes(data)
        if self.tried % 200 == 0:
            (self.found / f"{self.target}.told").write_text(f"{self.tried:,} inputs, the slowest {self.slowest:.2f} s")

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.end


def guided(campaign: Campaign, atheris: Any, seeds: list[bytes], work: Path) -> None:
    """Let libFuzzer choose, by what is covered. Does not return: libFuzzer ends the process."""
    from tests.fuzz.mutate import mutate

    def change(data: bytes, most: int, seed: int) -> bytes:
        return bytes(atheris.Mutate(data, most)) if seed % 4 == 0 else mutate(data, seed, most)

    (work / "corpus").mkdir()
    for at, seed in enumerate(seeds):
        (work / "corpus" / str(at)).write_bytes(seed[:LONGEST])
    left = max(1, round(campaign.end - time.monotonic()))
    options = [f"-max_total_time={left}", f"-max_len={LONGEST}", "-timeout=60", "-rss_limit_mb=0", "-verbosity=0"]
    atheris.Setup(
        [sys.argv[0], *options, f"-artifact_prefix={work}/", str(work / "corpus")],
        campaign.attempt,
        custom_mutator=change,
        internal_libfuzzer=True,
    )
    atheris.Fuzz()


def blind(campaign: Campaign, seeds: list[bytes]) -> None:
    """Change seeds by chance."""
    from tests.fuzz.mutate import mutate

    for seed in seeds:
        campaign.attempt(seed)
    luck = random.Random(20260601)
    while not campaign.over:
        campaign.attempt(mutate(luck.choice(seeds), luck.getrandbits(32), LONGEST))


def main(arguments: list[str]) -> int:
    """Run it."""
    target, seconds, keep = arguments
    atheris = import_module("atheris") if find_spec("atheris") else None
    if atheris is None:
        print("atheris is not installed: inputs are changed blindly")
        import_module("tests.fuzz.judge")
    else:
        with atheris.instrument_imports(include=["batchspec"]):
            import_module("tests.fuzz.judge")
    from tests.fuzz.seeds import seeds
    from tests.fuzz.targets import prepare

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    begin = list(seeds(target))
    gc.freeze()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folder = work / "place"
        folder.mkdir()
        prepare(folder)
        campaign = Campaign(target, float(seconds), folder, Path(keep))
        if atheris is None:
            blind(campaign, begin)
        else:
            guided(campaign, atheris, begin, work)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
