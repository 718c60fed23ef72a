"""`make bench`: every benchmark of this folder, side by side with its peer; each prints `name ratio goal`.

A ratio is the median over the rounds, A B A B, of the peer's CPU seconds to ours, unless its line says otherwise. Absolute
figures mean nothing on a shared machine; the ratios are kept in docs/performance.md with what they were measured on.
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

from bench.measure import Result

HERE = Path(__file__).parent
RESULTS = HERE / "results"
# After all packages of ours: a peer must not decide which version of a library we run with.
sys.path.append(str(HERE / "peers" / "installed"))
NOT_BENCHES = {"__main__", "__init__", "measure"}


def main() -> int:
    """Runs those that were named, or all."""
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHES)
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks that print ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; all when none is named")
    parser.add_argument("--small", action="store_true", help="a small run, to see that they work")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(names)):
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    RESULTS.mkdir(exist_ok=True)
    for name in options.names or names:
        for result in importlib.import_module(f"bench.{name}").run(small=options.small):
            assert isinstance(result, Result)
            print(result.line(), flush=True)
            (RESULTS / f"{result.name}.json").write_text(json.dumps(result.as_json(), indent=2) + "\n")
    return 0


sys.exit(main())
