"""What a benchmark command is told, and where the data lies."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Options:
    """What every family understands; what only one family needs is in `extra`.

    Attributes
    ----------
    data
        Folder of the family's data.
    instances
        Names of instances to run; empty for those the family takes by default.
    limit
        Seconds for each instance; None for the family's default.
    workers
        Cores a plan may use.
    seed
        Of whatever is random.
    solver
        Name of a solver or model; None for the default.
    out
        File for the JSON, or None.
    extra
        Further ``--key value`` pairs by key, without the dashes.
    done
        Names of instances that an earlier run has results of; they are not run again.
    """

    data: Path
    instances: tuple[str, ...] = ()
    limit: float | None = None
    workers: int = 1
    seed: int = 0
    solver: str | None = None
    out: Path | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    done: frozenset[str] = frozenset()

    def refuse_unknown(self, *known: str) -> None:
        """End with a message when `extra` holds a key that the family doesn't know.

        Raises
        ------
        SystemExit
            With the keys that are not in `known`.
        """
        strange = sorted(set(self.extra) - set(known))
        if strange:
            takes = ", ".join(f"--{key}" for key in known) or "nothing further"
            raise SystemExit(f"unknown option --{strange[0]}; this family takes {takes}")


def data_root() -> Path:
    """Return the folder of all benchmark data: $FIELDOPS_BENCH_DATA, else ../shared/data beside the project."""
    return Path(os.environ.get("FIELDOPS_BENCH_DATA") or ROOT.parent / "shared" / "data")


def read(arguments: Sequence[str], families: Sequence[str]) -> tuple[str, Options, bool]:
    """Return the family named, its options, and whether --data was given.

    Without --data, `Options.data` is :func:`data_root`.

    Raises
    ------
    SystemExit
        With status 2 and a message when the arguments can't be used.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", allow_abbrev=False)
    parser.add_argument("family", choices=families)
    parser.add_argument("--data", type=Path, help="folder of instances in the family's format")
    parser.add_argument("--instances", default="", metavar="A,B", help="names of instances")
    parser.add_argument("--limit", type=_positive, metavar="SECONDS", help="wall time an instance")
    parser.add_argument("--workers", type=int, default=1, help="cores a plan may use")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--solver", metavar="NAME")
    parser.add_argument("--out", type=Path, metavar="FILE.json")
    known, rest = parser.parse_known_args(arguments)
    if known.workers < 1:
        parser.error("--workers must be at least 1")
    options = Options(
        known.data or data_root(),
        tuple(name for name in known.instances.split(",") if name),
        known.limit, known.workers, known.seed, known.solver, known.out, _pairs(parser, rest),
    )  # fmt: skip
    return known.family, options, known.data is not None


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("must be a positive number of seconds")
    return seconds


def _pairs(parser: argparse.ArgumentParser, rest: Sequence[str]) -> dict[str, str]:
    """Read ``--key value`` and ``--key`` (meaning yes) from what argparse doesn't know."""
    pairs: dict[str, str] = {}
    waiting = list(rest)
    while waiting:
        key = waiting.pop(0)
        if not key.startswith("--") or len(key) == 2:
            parser.error(f"can't use {key!r}: write options as --key value")
        name, _, value = key[2:].partition("=")
        if not value:
            value = waiting.pop(0) if waiting and not waiting[0].startswith("--") else "yes"
        pairs[name] = value
    return pairs
