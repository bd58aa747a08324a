"""The regions of a night: each planned in its share of the time, with its share of depots, and priced if asked."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fieldops.errors import FieldopsError
from fieldops.nightly.config import Config
from fieldops.routing.check import check
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.intake import Intake
from fieldops.routing.planning import plan
from fieldops.routing.prices import Prices, prices
from fieldops.routing.rules import Rule
from fieldops.routing.rules.parts import PARTS
from fieldops.routing.rules.priority import is_optional
from fieldops.routing.rules.supplies import drawn
from fieldops.routing.rules.tools import TOOLS
from fieldops.routing.sharing import Share, limited, shares
from fieldops.routing.solvers import Progress
from fieldops.units import currency

PRICING = 0.5  # share of the time that prices take where they are asked for
SHORTEST_S = 0.001
Watch = Callable[[str, Progress], None]


@dataclass(frozen=True, eq=False)
class Region:
    """One region's problem and plan; `name` is empty where there are no regions.

    `problem` is that of `intake`, but for depots shared with other regions: they hold this region's share.
    `prices` are there if they were asked for and something was proved in time; else `notes` say why not.
    """

    name: str
    problem: Problem
    plan: Plan
    intake: Intake
    prices: Prices | None = None
    notes: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[str, ...]:
        """The orders left out that aren't optional."""
        return tuple(job for job in self.plan.unassigned if not is_optional(self.problem.job[job]))

    @property
    def summary(self) -> str:
        """The plan in one line."""
        visits = sum(len(day.visits) for day in self.plan.days)
        left, closed, shifts = len(self.plan.unassigned), len(self.plan.closed), len(self.problem.shifts)
        optional = left - len(self.missed)
        proved = f", {self.plan.bound.words}" if self.plan.bound else ""
        more = f" ({optional} of them optional)" * bool(optional) + f", {closed} closed" * bool(closed)
        return (
            f"{self.name or 'plan'}: {visits} order{'s' * (visits != 1)} with {len(self.plan.days)} of {shifts} "
            f"shift{'s' * (shifts != 1)}, "
            f"{left} left out{more}, cost {currency(self.plan.cost):,.2f}{proved} "
            f"({self.plan.made['solver']}, {self.plan.made['seconds']:.1f} s)"
        )


def plan_regions(
    config: Config,
    rules: Sequence[Rule],
    intakes: Mapping[str, Intake],
    stop: threading.Event | None,
    watch: Watch | None,
) -> tuple[list[Region], list[Share]]:
    """Give every region a sound plan first, then improve each: a stop in between leaves no region behind.

    In between, what a depot is short of is shared out among the regions that draw from it; the shares are returned.
    """
    ends = time.monotonic() + config.dispatch.time_limit_s * (1 - PRICING * config.dispatch.prices)
    problems = {name: intake.problem for name, intake in intakes.items()}
    shared: list[Share] = []
    plans: dict[str, Plan] = {}
    for solver in ("insertion", config.dispatch.solver):
        waiting = sum(map(_size, problems.values()))
        for name, problem in problems.items():
            share = max(0.0, ends - time.monotonic()) * _size(problem) / waiting
            waiting -= _size(problem)
            first = plans.get(name)
            # Its share may be less than it took.
            over = first is not None and bool(shared) and not check(problem, first, rules).sound
            done = solver == "insertion" and not config.dispatch.bound
            if first is not None and not over and (done or (stop is not None and stop.is_set())):
                plans[name] = _noted(first, stop)
                continue
            plans[name] = _planned(config, rules, problem, solver, share, first, stop, _told(watch, name))
        if not shared and len(problems) > 1:
            shared = shares(problems, plans)
            problems = {name: limited(problem, name, shared) for name, problem in problems.items()}
    return [Region(name, problems[name], plans[name], intakes[name]) for name in intakes], shared


def _planned(
    config: Config, rules: Sequence[Rule], problem: Problem, solver: str | None, share_s: float, first: Plan | None,
    stop: threading.Event | None, told: Callable[[Progress], None] | None,
) -> Plan:  # fmt: skip
    options = config.dispatch
    return plan(
        problem,
        rules=rules,
        solver=solver,
        time_limit_s=share_s if options.iterations is None or options.bound else None,
        iterations=options.iterations,
        seed=options.seed,
        start=first,
        stop=stop,
        on_progress=told,
        bound=options.bound and first is not None,
    )


def price_regions(
    planned: Sequence[Region], config: Config, rules: Sequence[Rule], ends: float, stop: threading.Event | None
) -> list[Region]:
    """Say in the time left what changes of each region are worth."""
    priced, waiting = [], sum(_size(region.problem) for region in planned)
    for region in planned:
        share = max(SHORTEST_S, ends - time.monotonic()) * _size(region.problem) / waiting
        waiting -= _size(region.problem)
        try:
            found = prices(
                region.problem, region.plan, rules=rules, time_limit_s=share, seed=config.dispatch.seed, stop=stop
            )
            told = tuple(
                f"there is no price for {change}: kept work would break less with it" for change in found.unpriced
            )
            late = () if found.complete else ("time ran out before every change had a price",)
            priced.append(replace(region, prices=found, notes=(*region.notes, *told, *late)))
        except FieldopsError as error:  # the plan is there, whatever becomes of its prices
            priced.append(replace(region, notes=(*region.notes, str(error))))
    return priced


def _size(problem: Problem) -> int:
    return max(1, len(problem.jobs))


def _noted(made: Plan, stop: threading.Event | None) -> Plan:
    """Say of a plan that was not improved any more that a signal was the reason."""
    if stop is None or not stop.is_set():
        return made
    return replace(made, made={**made.made, "stopped_by": "signal"})


def _told(watch: Watch | None, name: str) -> Callable[[Progress], None] | None:
    return None if watch is None else lambda progress: watch(name, progress)


def overdrawn(planned: Sequence[Region]) -> list[str]:
    """Say where regions, each planned for itself, together take more from a depot than it has."""
    taken: Counter[tuple[str, str, str]] = Counter()
    has: dict[tuple[str, str, str], int] = {}
    for region in planned if len(planned) > 1 else ():
        for goods in (PARTS, TOOLS):
            for (depot, name), takers in drawn(goods, region.problem, region.plan).items():
                thing = depot, goods.word, name
                taken[thing] += sum(supply.pieces for supply, _ in takers)
                has[thing] = goods.holds(region.intake.problem.depot[depot], name)
    return [
        f"the regions together take {count} of {word} {name} from the depot {depot}, which has {has[depot, word, name]}"
        for (depot, word, name), count in sorted(taken.items())
        if count > has[depot, word, name]
    ]
