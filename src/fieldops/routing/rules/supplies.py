"""Where a day's tools and parts come from: the van, the depot that loaded it, the depot of its stop.

This is the checker's account, derived from the problem and the stops of a day alone; solvers keep another
(:mod:`fieldops.routing.stock`), and a test holds the two equal. Both go by the order of stops: what an order
needs comes from the van; what the van lacks comes, after a restock stop, from that depot, else from the
depot that loaded the van before the day began. `tools` and `parts` are rules on top of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from fieldops.columns import Column, Name, Names
from fieldops.routing.domain import Day, Depot, Job, Plan, Problem, Shift, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.priority import worth
from fieldops.routing.rules.rule import setting
from fieldops.routing.rules.words import who
from fieldops.routing.stock import ENDLESS
from fieldops.units import DAY

NOBODY_LOADS = ("none", "no", "无", "否")
VAN, MORNING, RESTOCK, LACKING = "van", "morning", "restock", "lacking"


@dataclass(frozen=True)
class OrNone:
    """A depot, or several; ``none`` says that there is none, where an empty cell leaves it to the default."""

    kind: Name | Names

    def __call__(self, cell: Any, zone: ZoneInfo) -> str | tuple[str, ...]:
        """Read a cell."""
        if isinstance(cell, str) and cell.strip().casefold() in NOBODY_LOADS:
            return "" if isinstance(self.kind, Name) else ()
        return self.kind(cell, zone)

    @property
    def example(self) -> str:
        """A cell to copy."""
        return "XA" if isinstance(self.kind, Name) else "XA; BJ"


OFFICE = Column(
    "technicians",
    "office",
    Name(),
    "",
    refers="depots.id",
    aliases=("网点", "办事处"),
    help="depot of the technician",
)
LOAD_AT = setting(
    "load_at",
    OrNone(Name()),
    None,
    "装车仓库",
    "装车网点",
    help="depot that loads the van before the day begins; empty: where the day begins, else the office; none: nobody",
)
RESTOCK_AT = setting(
    "restock_at",
    OrNone(Names()),
    None,
    "取件仓库",
    "补货仓库",
    help="depots at which the day may stop once; empty: the office, without one any depot; none: no stop",
)
SOURCES: tuple[Column, ...] = (
    OFFICE,
    *(replace(column, refers="depots.id") for column in (*LOAD_AT, *RESTOCK_AT)),
)


def loaded_at(problem: Problem, shift: Shift) -> str:
    """Return the depot that loads the van of a shift before it leaves, or nothing."""
    values = problem.values(shift)
    stated = LOAD_AT[0].of(values)
    if stated is None:
        here = [depot.id for depot in problem.depots if depot.place == shift.origin]
        stated = min(here, default="") or OFFICE.of(values)
    return stated if stated in problem.depot else ""


def stops_at(problem: Problem, shift: Shift) -> tuple[str, ...]:
    """Return the depots at which a shift may stop on its way."""
    values = problem.values(shift)
    stated = RESTOCK_AT[0].of(values)
    if stated is None:
        office = OFFICE.of(values)
        stated = (office,) if office else tuple(problem.depot)
    return tuple(sorted(depot for depot in stated if depot in problem.depot))


@dataclass(frozen=True)
class Goods:
    """Tools or parts: how they are told apart, and where their numbers stand.

    Attributes
    ----------
    word, unit
        What one is called, and what amounts count.
    lasts
        Whether it serves again and again, as tools do.
    needs
        Name and pieces that an order needs.
    carried
        Name and pieces in the van of a shift before it is loaded; None where nobody counts them: then all
        that its orders need is at hand.
    held
        Pieces by name that a depot can give; None: of everything as much as is asked for.
    minutes
        Burden of lacking one: how many minutes of trouble it is thought to be worth.
    """

    word: str
    unit: str
    lasts: bool
    needs: Callable[[Job], Iterable[tuple[str, int]]]
    carried: Callable[[Mapping[str, Any]], Iterable[tuple[str, int]] | None]
    held: Callable[[Depot], Mapping[str, int] | None]
    minutes: float

    def holds(self, depot: Depot, name: str) -> int:
        """Return how many pieces of `name` all days together may take from a depot."""
        held = self.held(depot)
        return ENDLESS if held is None else held.get(name, 0)

    def called(self, problem: Problem, name: str) -> str:
        """Return goods as people call them: ``part P1 (compressor)``."""
        known = problem.names.get(f"{self.word} {name}")
        return f"{self.word} {name} ({known})" if known else f"{self.word} {name}"


@dataclass(frozen=True)
class Supply:
    """Pieces of one thing for one order, and where they come from.

    `taken` is ``van``, ``morning``, ``restock`` or ``lacking``; `depot` is the depot's id, where there is one.
    """

    job: str
    name: str
    pieces: int
    taken: str
    depot: str = ""


def supplies(goods: Goods, problem: Problem, day: Day) -> Iterator[Supply]:
    """Yield where everything comes from that the orders of a day need, in the order of its stops."""
    shift = problem.shift[day.shift]
    stated = goods.carried(problem.values(shift))
    left = None if stated is None else dict(stated)
    morning = loaded_at(problem, shift)
    sources = [(MORNING, morning)] if morning else []
    for stop in day.stops:
        if stop.kind == "restock" and stop.id in problem.depot:
            sources.insert(0, (RESTOCK, stop.id))
        job = problem.job.get(stop.id) if stop.kind == "job" else None
        for name, pieces in goods.needs(job) if job else ():
            if left is None:
                yield Supply(stop.id, name, pieces, MORNING)  # from no depot's count
                continue
            have = left.get(name, 0)
            missing = max(0, pieces - have)
            giving = (source for source in sources if goods.holds(problem.depot[source[1]], name))
            source = next(giving, (LACKING, ""))
            if pieces > missing:
                yield Supply(stop.id, name, pieces - missing, VAN)
            if missing:
                yield Supply(stop.id, name, missing, *source)
            if not goods.lasts:
                left[name] = max(0, have - pieces)
            elif source[1]:
                left[name] = max(have, pieces)


def lacks(rule: str, goods: Goods, problem: Problem, day: Day) -> Iterator[Violation]:
    """Name everything that a day's orders need and nobody has for them."""
    for supply in supplies(goods, problem, day):
        if supply.taken != LACKING:
            continue
        person, thing = who(problem, day.shift), goods.called(problem, supply.name)
        count = "the" if goods.lasts and supply.pieces == 1 else f"{supply.pieces} of"
        morning = loaded_at(problem, problem.shift[day.shift])
        where = called(problem, morning) if morning else f"the van of {person}"
        yield Violation(
            rule,
            f"{person} lacks {count} {thing} for order {supply.job}{_elsewhere(goods, problem, day, supply)}",
            supply.pieces,
            goods.unit,
            supply.job,
            day.shift,
            f"put {count} {thing} into {where}",
            goods.minutes,
        )


def _elsewhere(goods: Goods, problem: Problem, day: Day, supply: Supply) -> str:
    """Say what the depots have that the shift could ask."""
    shift = problem.shift[day.shift]
    asked = dict.fromkeys(depot for depot in (loaded_at(problem, shift), *stops_at(problem, shift)) if depot)
    giving = [called(problem, depot) for depot in asked if goods.holds(problem.depot[depot], supply.name)]
    if giving:
        return f" without a stop before it at {' or '.join(giving)}"
    return f"; {' and '.join(called(problem, d) for d in asked)} {'has' if len(asked) == 1 else 'have'} none" * bool(
        asked
    )


def called(problem: Problem, depot: str) -> str:
    """Return a depot as people call it: ``Xi'an store (XA)``."""
    known = problem.names.get(f"depot {depot}", depot)
    return f"{known} ({depot})" if known != depot else f"the depot {depot}"


def drawn(goods: Goods, problem: Problem, plan: Plan) -> dict[tuple[str, str], list[tuple[Supply, str]]]:
    """Return what the days of a plan take from depots, with the shift: by depot and name."""
    found: dict[tuple[str, str], list[tuple[Supply, str]]] = defaultdict(list)
    for day in plan.days if any(goods.held(depot) is not None for depot in problem.depots) else ():
        for supply in supplies(goods, problem, day) if day.shift in problem.shift else ():
            if supply.depot:
                found[supply.depot, supply.name].append((supply, day.shift))
    return found


def overdraws(rule: str, goods: Goods, problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Name what all days together take from a depot beyond what it has, at the order worth least."""
    for (depot, name), takers in sorted(drawn(goods, problem, plan).items()):
        over = sum(supply.pieces for supply, _ in takers) - goods.holds(problem.depot[depot], name)
        if over <= 0:
            continue
        now = DAY * problem.ticks_per_second
        last, shift = min(takers, key=lambda taker: (worth(problem.job[taker[0].job], 0, now), taker[0].job))
        orders = ", ".join(f"{supply.job} ({who(problem, shift)})" for supply, shift in takers)
        thing = goods.called(problem, name)
        yield Violation(
            rule,
            f"{called(problem, depot)} has {over} of {thing} too few for orders {orders}",
            over,
            goods.unit,
            last.job,
            shift,
            f"put {over} more of {thing} into {called(problem, depot)}",
            goods.minutes,
        )


def scarce(goods: Goods, problem: Problem) -> bool:
    """Return whether a depot has less of something than all orders together may ask of it."""
    held = [pieces for depot in problem.depots if (pieces := goods.held(depot)) is not None]
    if not held:
        return False
    needed = _needed(goods, problem.jobs)
    return any(0 < pieces.get(name, 0) < count for pieces in held for name, count in needed.items())


def _needed(goods: Goods, jobs: Iterable[Job]) -> Counter[str]:
    needed: Counter[str] = Counter()
    for job in jobs:
        for name, pieces in goods.needs(job):
            needed[name] += pieces
    return needed


def post(goods: Goods, problem: Problem, program: Program) -> None:
    """Tell a program what orders need, vans carry and depots hold; nothing where nothing is counted."""
    needed = _needed(goods, program.jobs)
    vans = [goods.carried(problem.values(shift)) for shift in program.shifts]
    if not needed or all(van is None for van in vans):
        return
    for index, job in enumerate(program.jobs):
        for name, pieces in goods.needs(job):
            program.need(index, f"{goods.word} {name}", pieces, tool=goods.lasts)
    for index, van in enumerate(vans):
        for name, pieces in needed.items() if van is None else van:  # what nobody counts is enough for all
            if pieces and name in needed:
                program.carry(index, f"{goods.word} {name}", pieces, tool=goods.lasts)
    for index, depot in enumerate(program.depots):
        for name, count in needed.items():
            pieces = goods.holds(depot, name)
            if pieces:
                enough = ENDLESS if pieces >= count else pieces
                program.pool(index, f"{goods.word} {name}", enough, tool=goods.lasts)
    for index, shift in enumerate(program.shifts):
        morning = loaded_at(problem, shift)
        if morning:
            program.load(index, program.depot_index[morning])
        for stop in stops_at(problem, shift):
            if stop != morning:  # it would give nothing that it didn't give before the day began
                program.restock(index, program.depot_index[stop])
