"""Name the learning rate with the best accuracy among the results of all training tasks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def main() -> None:
    """Read */result.json, one folder for each task; write the best of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    results = [json.loads(path.read_text()) for path in sorted(Path().glob("train-*/result.json"))]
    best = max(results, key=lambda result: float(result["accuracy"]))
    print(f"best of {len(results)}: rate {best['rate']}, accuracy {best['accuracy']:.4f}")
    out.write_text(json.dumps(best))


if __name__ == "__main__":
    main()
