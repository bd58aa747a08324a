"""Spare parts: an order uses up its parts, which come from the van or from a depot's stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fieldops.columns import Column, Counts
from fieldops.routing.domain import Day, Depot, Job, Plan, Problem, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule, setting
from fieldops.routing.rules.supplies import SOURCES, Goods, lacks, overdraws, post, scarce

MINUTES_A_PART = 480.0  # a part comes overnight at the earliest
STOCK = "stock"  # under this name a depot's pieces by part ride in its values; without it, it has of everything

NEEDED = Column(
    "jobs",
    "parts",
    Counts(),
    (),
    refers="parts.id",
    aliases=("备件", "所需备件"),
    help="parts to bring: P001:1; P007:2",
)
_VAN = setting(
    "van_stock",
    Counts(0),
    None,
    "车载备件",
    "随车备件",
    help="parts in the van when a day begins: P001:2; P007:1. Where neither this nor a table stock is given, parts "
    "are at hand and only listed",
)
VAN: tuple[Column, Column] = (replace(_VAN[0], refers="parts.id"), replace(_VAN[1], refers="parts.id"))


def _needs(job: Job) -> tuple[tuple[str, int], ...]:
    return tuple(NEEDED.of(job.values))


def _carried(values: Mapping[str, Any]) -> tuple[tuple[str, int], ...] | None:
    stated: tuple[tuple[str, int], ...] | None = VAN[0].of(values)
    return stated


def _held(depot: Depot) -> Mapping[str, int] | None:
    return depot.values.get(STOCK)


PARTS = Goods("part", "pcs", False, _needs, _carried, _held, MINUTES_A_PART)


class Parts(Rule):
    """An order's parts are there when it begins, and all days together take no more of them than there are."""

    name = "parts"
    columns = (NEEDED, *VAN, *SOURCES)

    def watches(self, problem: Problem) -> bool:
        """Whether a depot has too few of a part for all who may ask."""
        return scarce(PARTS, problem)

    def post(self, problem: Problem, program: Program) -> None:
        """State what orders need, vans carry and depots hold."""
        post(PARTS, problem, program)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name each part that isn't there."""
        return lacks(self.name, PARTS, problem, day)

    def of_plan(self, problem: Problem, plan: Plan) -> Iterator[Violation]:
        """Name what is taken from a depot beyond what it holds."""
        return overdraws(self.name, PARTS, problem, plan)
