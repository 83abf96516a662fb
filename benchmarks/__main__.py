"""`make bench`: every benchmark in turn; exit 1 when one of them misses what it states."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
MODULES = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))


def main() -> int:
    """Run benchmarks.<name>.main() for each module."""
    failed = []
    for name in MODULES:
        print(f"== {name}")
        if importlib.import_module(f"benchmarks.{name}").main():
            failed.append(name)
    print(f"missed: {', '.join(failed)}" if failed else "all stated figures reached")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
