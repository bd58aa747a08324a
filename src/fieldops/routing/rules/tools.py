"""Tools: who comes must bring each tool that the order needs, or fetch it at a depot on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from fieldops import cells
from fieldops.columns import Column, Names
from fieldops.errors import Fault
from fieldops.routing.domain import Day, Depot, Job, Plan, Problem, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule, setting
from fieldops.routing.rules.supplies import SOURCES, Goods, lacks, overdraws, post, scarce
from fieldops.routing.stock import ENDLESS
from fieldops.tables import Tables
from fieldops.tables.headings import closest

MINUTES_A_TOOL = 240.0  # somebody can bring it within half a day
MOST = 1_000_000


@dataclass(frozen=True)
class Kept:
    """Tools with how many of each may be out at once; without a number as many as are asked for."""

    example = "ladder; splicer:1"

    def __call__(self, cell: Any, zone: ZoneInfo) -> tuple[tuple[str, int], ...]:
        """Read a cell."""
        found: dict[str, int] = {}
        for name, count in cells.pairs(cell, None):
            if not name:
                raise ValueError(f"{cells.shown(cell)} holds a number without a name")
            if name in found:
                raise ValueError(f"{name!r} stands there twice")
            found[name] = ENDLESS if count is None else cells.whole_number(count, 0, MOST)
        return tuple(found.items())


NEEDED = Column(
    "jobs", "tools", Names(), (), aliases=("工具", "所需工具"), help="tools that whoever comes must have: ladder; OTDR"
)
CARRIED = setting("tools", Names(), (), "工具", "随车工具", help="tools in the van")
KEPT = Column(
    "depots",
    "tools",
    Kept(),
    (),
    aliases=("工具", "可借工具"),
    help="tools to borrow: ladder; OTDR:1 (one in all, else as many as are asked for)",
)


def _needs(job: Job) -> Iterator[tuple[str, int]]:
    return ((tool, 1) for tool in NEEDED.of(job.values))


def _carried(values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    return ((tool, 1) for tool in CARRIED[0].of(values))


def _kept(depot: Depot) -> Mapping[str, int]:
    return dict(KEPT.of(depot.values))


TOOLS = Goods("tool", "tools", True, _needs, _carried, _kept, MINUTES_A_TOOL)


class Tools(Rule):
    """An order is done by somebody who has its tools: in the van, or from the depot that loads it or is stopped at."""

    name = "tools"
    columns = (NEEDED, *CARRIED, KEPT, *SOURCES)

    def faults(self, tables: Tables) -> Iterator[Fault]:
        """Find tools that nobody carries and no depot keeps; while rows are faulty, theirs can't be known."""
        if any(fault.table in ("technicians", "shifts", "depots") for fault in tables.faults):
            return
        known = {
            *(tool for table in ("technicians", "shifts") for tools in tables[table]["tools"] for tool in tools),
            *(tool for tools in tables["depots"]["tools"] for tool, _ in tools),
        }
        for record in tables["jobs"].records():
            for tool in NEEDED.of(record):
                if tool not in known:
                    near = closest(tool, known)
                    yield Fault(
                        "jobs",
                        record["_row"],
                        "tools",
                        "unknown-tool",
                        f"nobody carries the tool {tool!r} and no depot keeps it",
                        f"did you mean {near!r}?" if near else "name it in tools of a technician or a depot",
                        record["id"],
                    )

    def watches(self, problem: Problem) -> bool:
        """Whether a depot keeps too few of a tool for all who may ask."""
        return scarce(TOOLS, problem)

    def post(self, problem: Problem, program: Program) -> None:
        """State what orders need, vans carry and depots keep."""
        post(TOOLS, problem, program)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name each tool that isn't there."""
        return lacks(self.name, TOOLS, problem, day)

    def of_plan(self, problem: Problem, plan: Plan) -> Iterator[Violation]:
        """Name what is borrowed from a depot beyond what it keeps."""
        return overdraws(self.name, TOOLS, problem, plan)
