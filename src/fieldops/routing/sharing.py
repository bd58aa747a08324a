"""Depots that several regions draw from: what each may take, so that together they take no more than there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fieldops.routing.domain import Depot, Plan, Problem
from fieldops.routing.rules.parts import PARTS, STOCK
from fieldops.routing.rules.pins import CLOSED, STATUS, kept_by
from fieldops.routing.rules.supplies import Goods, drawn, loaded_at, stops_at
from fieldops.routing.rules.tools import KEPT, TOOLS

Pieces = Mapping[str, int]


@dataclass(frozen=True)
class Share:
    """One thing in one depot that regions share: its name, how many pieces there are, and how many each may take.

    `short` says whether their plans, each made for itself, take more than there is.
    """

    goods: Goods
    depot: str
    name: str
    pieces: int
    parts: Pieces
    short: bool

    @property
    def words(self) -> str:
        """The share for people."""
        told = ", ".join(f"{region} {pieces}" for region, pieces in self.parts.items())
        return f"the depot {self.depot} has {self.pieces} of {self.goods.word} {self.name}, shared out by need: {told}"


def shares(problems: Mapping[str, Problem], plans: Mapping[str, Plan]) -> list[Share]:
    """Share out what regions together may want more of than there is.

    Each keeps what its plan takes, and what is left goes by that too; where the plans together take too much, kept
    work comes first and the rest is divided in proportion. Pieces that no share is a whole number of go to the largest
    fractions.

    Parameters
    ----------
    problems
        By region, with the same depots.
    plans
        A first plan of each, made as if it were alone.

    Returns
    -------
    list of Share
        For each thing that two regions at least can draw from a depot, and that all their orders together need more of.
    """
    found = []
    for goods in (PARTS, TOOLS):
        taken = {region: drawn(goods, problem, plans[region]) for region, problem in problems.items()}
        for depot, name, pieces, needs in _wanted(goods, problems):
            takers = {region: taken[region].get((depot, name), []) for region in needs}
            takes = {region: sum(supply.pieces for supply, _ in all_) for region, all_ in takers.items()}
            short = sum(takes.values()) > pieces
            sure, weights = takes, takes if any(takes.values()) else needs
            if short:
                sure = {
                    region: sum(s.pieces for s, _ in all_ if kept_by(problems[region], problems[region].job[s.job]))
                    for region, all_ in takers.items()
                }
                weights = {region: takes[region] - sure[region] for region in takes}
            found.append(Share(goods, depot, name, pieces, _divided(pieces, sure, weights), short))
    return found


def limited(problem: Problem, region: str, shared: list[Share]) -> Problem:
    """Return the problem of a region with no more in its depots than its shares."""
    least = {
        (share.goods.word, share.depot, share.name): share.parts[region] for share in shared if region in share.parts
    }
    if not least:
        return problem
    return problem.replace(depots=tuple(_limited(depot, least) for depot in problem.depots))


def _limited(depot: Depot, least: Mapping[tuple[str, str, str], int]) -> Depot:
    values: dict[str, Any] = dict(depot.values)
    for goods in (PARTS, TOOLS):
        held = goods.held(depot)
        if held is not None and any((goods.word, depot.id, name) in least for name in held):
            left = {name: least.get((goods.word, depot.id, name), pieces) for name, pieces in held.items()}
            if goods is PARTS:
                values[STOCK] = left
            else:
                values[KEPT.name] = tuple(left.items())
    return replace(depot, values=values)


def _wanted(goods: Goods, problems: Mapping[str, Problem]) -> Iterator[tuple[str, str, int, dict[str, int]]]:
    """Yield depot, name, pieces and what each region's orders need of things that might not do for all."""
    needs: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    has: dict[tuple[str, str], int] = {}
    for region, problem in problems.items():
        needed: dict[str, int] = defaultdict(int)
        for job in problem.jobs:
            for name, pieces in goods.needs(job) if STATUS.of(job.values) not in CLOSED else ():
                needed[name] += pieces
        reach = {depot for shift in problem.shifts for depot in (loaded_at(problem, shift), *stops_at(problem, shift))}
        for depot in sorted(reach - {""}):
            held = goods.held(problem.depot[depot]) or {}
            for name in sorted(held.keys() & needed.keys()):
                needs[depot, name][region] = needed[name]
                has[depot, name] = held[name]
    for (depot, name), own in sorted(needs.items()):
        if len(own) > 1 and 0 < has[depot, name] < sum(own.values()):
            yield depot, name, has[depot, name], own


def _divided(pieces: int, sure: Pieces, weights: Pieces) -> dict[str, int]:
    """Divide pieces: first what is sure, the rest in proportion to weights, in whole numbers."""
    if sum(sure.values()) > pieces:
        sure, weights = dict.fromkeys(sure, 0), sure
    left, total = pieces - sum(sure.values()), max(1, sum(weights.values()))
    got = {region: sure[region] + left * weight // total for region, weight in weights.items()}
    by_fraction = sorted(weights, key=lambda region: (-(left * weights[region] % total), region))
    for region in by_fraction[: pieces - sum(got.values())]:
        got[region] += 1
    return got
