"""`make chaos`: real runs on both databases, until the kills are done or the time is over.

`python -m tests.chaos --database sqlite --kills 1000 --seconds 1200 --nodes 3 --seed 7`
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.run import run, today


def main() -> int:
    """Run; the exit code is 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=1200.0)
    parser.add_argument("--nodes", type=int, choices=(1, 2, 3, 4), default=None, help="by the seed if none is named")
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds to wait for work between two faults")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = today() if args.seed is None else args.seed
    nodes = args.nodes or random.Random(f"{seed}/nodes").randint(1, 4)
    bad = 0
    for database in ("sqlite", "postgresql") if args.database == "both" else (args.database,):
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="banjie-chaos-", ignore_cleanup_errors=True) as folder:

            def say(words: str, began: float = began) -> None:
                print(f"  {time.monotonic() - began:6.0f} s  {words}", flush=True)

            print(f"{database}: seed {seed}", flush=True)
            result = run(
                database, Path(folder) / "run", seed=seed, kills=args.kills, seconds=args.seconds, nodes=nodes,
                cases=args.cases, patience=args.patience, say=say,
            )  # fmt: skip
            print(result, flush=True)
            if result.findings:
                bad = 1
                again = f"--database {database} --nodes {nodes} --seed {seed}"
                print(f"{len(result.findings)} findings; again with {again}", flush=True)
                print((Path(folder) / "run" / "nodes.log").read_text(errors="replace")[-200_000:])
    return bad


if __name__ == "__main__":
    sys.exit(main())
