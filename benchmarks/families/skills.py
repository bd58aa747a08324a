"""Skills: the technician routing days of Pillac, Gueret and Medaglia without their tools and spare parts.

The objective, in this order: orders left unserved; total driving, Euclidean in doubles. A technician leaves home
and is back within the working day, service begins within hard windows, each order needs skills. In terms of
fieldops a tick is a ten-thousandth of the file's unit, driving is rounded up to it, and a tick at the wheel costs
one unit of Money. The data's README tells the format; ``--data`` takes any folder of such files.

    python -m benchmarks.run skills --limit 10 --workers 2 --instances R101,C203
    python -m benchmarks.peers skills --limit 5 --workers 2
    python -m benchmarks.run skills --bound --limit 120

With ``--bound`` plan and proof share the limit: how much shorter any plan can be, whoever makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import proofs
from benchmarks.options import Options
from benchmarks.peer_solvers.runs import fieldops_rows
from benchmarks.skilled_day import SkilledDay, wanted

FOLDER = "routing/trsp_pillac"
CREW = "crew25"
EXTRAS = ()  # options of this family's days alone
LIMIT_S = 30.0
TICKS = 10_000
HEADING_LINES = 8
MARK = "CREW COUNT"
CELL = re.compile(r"\[[^\]]*\]|\S+")


def cells_of(path: Path) -> tuple[list[list[str]], int]:
    """Return the cells of each node of a file of Pillac's format, by id, and how many technicians there are.

    Raises
    ------
    ValueError
        When a row can't be read, or nodes are missing.
    """
    lines = path.read_text(encoding="latin-1").splitlines()
    nodes: dict[int, list[str]] = {}
    for number, line in enumerate(lines[HEADING_LINES:], HEADING_LINES + 1):
        cells = CELL.findall(line)
        if cells and (len(cells) < 7 or not cells[0].isdigit()):
            raise ValueError(
                f"{path}, line {number}: expected ID X Y TWS TWE Serv [skills] ..., found {line.strip()!r}"
            )
        if cells:
            nodes[int(cells[0])] = cells
    crew = int(lines[4].split()[0])
    if sorted(nodes) != list(range(len(nodes))) or len(nodes) <= crew + 1:
        raise ValueError(f"{path}: expected a depot, {crew} homes and orders, numbered without a gap")
    return [nodes[id] for id in range(len(nodes))], crew


def read(path: Path) -> SkilledDay:
    """Read a file of Pillac's format; tools and parts are passed over.

    Raises
    ------
    ValueError
        As `cells_of`.
    """
    nodes, crew = cells_of(path)
    people, jobs = tuple(range(1, crew + 1)), tuple(range(crew + 1, len(nodes)))
    figures = np.array([[float(cell) for cell in nodes[id][1:6]] for id in (*jobs, *people)])
    x, y, opens, closes, service = figures.T
    n = len(jobs)
    return SkilledDay(
        name=path.stem,
        jobs=jobs,
        technicians=people,
        drive=np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2),
        service=service[:n],
        opens=opens[:n],
        closes=closes[:n],
        begins=opens[n:],
        ends=closes[n:],
        needs=tuple(_skills(nodes[id][6]) for id in jobs),
        holds=tuple(_skills(nodes[id][6]) for id in people),
        worth=np.ones(n, np.int64),
        ticks_per_unit=TICKS,
    )


def _skills(cell: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", cell))


def files(options: Options) -> list[Path]:
    """Return the files of the instances that `options` asks for, in the folder or its `crew25`."""
    folder = options.data / CREW if (options.data / CREW).is_dir() else options.data
    paths = {path.stem: path for path in sorted(folder.glob("*.txt")) if _is_instance(path)}
    return [paths[name] for name in wanted(options, list(paths))]


def days(options: Options) -> Iterator[SkilledDay]:
    """Read the instances that `options` asks for."""
    options.refuse_unknown(*EXTRAS)
    for path in files(options):
        yield read(path)


def _is_instance(path: Path) -> bool:
    """Return whether a text file is one of the format: folders hold notes and licences too."""
    lines = path.read_text(encoding="latin-1").splitlines()
    return len(lines) > HEADING_LINES and lines[3].startswith(MARK)


def limit_s(options: Options, day: SkilledDay) -> float:
    """Return the seconds a day is given."""
    return options.limit or LIMIT_S


def run(options: Options) -> dict[str, Any]:
    """Plan each day with fieldops within the limit on `workers` cores, and score what came out; or prove it."""
    if "bound" in options.extra:
        options = replace(options, extra={key: said for key, said in options.extra.items() if key != "bound"})
        return {"results": (proofs.row(day, options, plain=True) for day in days(options))}
    return {"results": (row for day in days(options) for row in fieldops_rows(day, limit_s(options, day), options))}
