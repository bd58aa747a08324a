"""The file of a run: written after each instance, and taken up where an earlier run stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import fieldops
from benchmarks.machine import machine
from benchmarks.options import Options

Row = dict[str, Any]


def wing(family: str) -> str:
    """Return the wing that a family measures: the one whose data it reads.

    >>> wing("raf"), wing("trsp")
    ('inventory', 'routing')
    """
    folder = str(getattr(import_module(f"benchmarks.families.{family}"), "FOLDER", ""))
    return "inventory" if folder.startswith("inventory/") else "routing"


def code(family: str) -> str:
    """Return a digest of the code of a family's wing: figures of different code are not mixed in one file."""
    folder = Path(fieldops.__file__).parent / wing(family)
    found = sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


@dataclass
class Ledger:
    """What a run has found so far.

    Attributes
    ----------
    path
        The JSON file, or None to keep nothing.
    head
        Family, command, date, machine and terms, which stand before the results.
    rows
        The results.
    """

    path: Path | None
    head: dict[str, Any]
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def opened(cls, family: str, options: Options, command: str, **more: Any) -> Ledger:
        """Return the ledger of a run, with what ``--out`` holds of an earlier one on the same terms.

        Raises
        ------
        SystemExit
            When the file holds a run on other terms, or something else.
        """
        terms = {
            "limit": options.limit, "workers": options.workers, "seed": options.seed, "solver": options.solver,
            **options.extra, **more, "code": code(family),
        }  # fmt: skip
        head = {
            "family": family, "command": command, "date": datetime.now(UTC).isoformat(timespec="minutes"),
            "machine": machine(), "terms": terms,
        }  # fmt: skip
        if options.out is None or not options.out.exists():
            return cls(options.out, head)
        return cls(options.out, head, _taken_up(options.out, family, terms))

    @property
    def done(self) -> frozenset[str]:
        """The instances that have results."""
        return frozenset(row["instance"] for row in self.rows)

    def add(self, rows: Sequence[Row], **more: Any) -> None:
        """Add rows and write the file; `more` stands beside the results."""
        self.rows += rows
        if self.path is not None:
            draft = self.path.with_name(self.path.name + ".part")
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(as_json({**self.head, **more}, self.rows), encoding="utf-8")
            draft.replace(self.path)


def as_json(head: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return a run as JSON, one line a result."""
    lines = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f'{json.dumps(head, ensure_ascii=False, indent=1)[:-2]},\n "results": [\n  {lines}\n ]\n}}\n'


def _taken_up(path: Path, family: str, terms: Mapping[str, Any]) -> list[Row]:
    """Return the rows of an earlier run; of families without instances none, they run as a whole."""
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
        held = {"family": earlier["family"], **earlier["terms"]}
        rows = [row for row in earlier["results"] if "instance" in row]
    except (ValueError, KeyError, TypeError):
        raise SystemExit(f"{path} holds no run that could be taken up; delete it or name another file") from None
    differs = [
        f"{key} {held.get(key)}, not {value}"
        for key, value in {"family": family, **terms}.items()
        if held.get(key) != value
    ]
    if differs:
        raise SystemExit(f"{path} holds a run with {'; '.join(differs)}: delete it or name another file")
    return rows


def told(program: str, arguments: Sequence[str]) -> str:
    """Return a command as one would repeat it elsewhere: without where its file goes."""
    kept, skip = [], False
    for argument in arguments:
        if not skip and not argument.startswith("--out"):
            kept.append(argument)
        skip = argument == "--out"
    return " ".join([f"python -m {program}", *kept])
