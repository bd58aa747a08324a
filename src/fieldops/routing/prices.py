"""Prices: what one more hour of a technician is worth, a skill taught to one, one more piece of a part in a depot."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from fieldops.errors import ConfigError
from fieldops.routing.check import Report, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.given import concede
from fieldops.routing.planning import plan as planned
from fieldops.routing.program import Program
from fieldops.routing.proving import routes_of
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.parts import PARTS, STOCK
from fieldops.routing.rules.priority import POINT
from fieldops.routing.solvers import Halt, Routes
from fieldops.routing.solvers.bound import Bound, bound, price_piece, rehearsed, reprice
from fieldops.units import CURRENCY, HOUR, currency

PROVING = 0.5  # share of the time that the proof and its prices take; re-solving has the rest
COLUMNS = ("technician", "depot", "change", "price", "at_most", "gain", "cost_change", "worth_change")


@dataclass(frozen=True)
class _Change:
    technician: str
    depot: str
    words: str
    problem: Problem
    kind: str = ""  # of a piece, as the program calls it


@dataclass(frozen=True)
class Prices:
    """What changes are worth.

    Attributes
    ----------
    table
        One row for each change, the dearest first: ``technician, depot, change, price, at_most, gain, cost_change,
        worth_change``; `technician` or `depot` is empty. All in currency, but `worth_change` in points of worth.
        `price` is what the proof says at its prices; `at_most` adds what the plan might be better without any change,
        so no plan gains more. `gain` is what a plan made with the change gains, of the first ten; missing where none
        was made.
    worth_price
        Currency for a point of worth that need not be left out: gains count it beside the cost.
    slack
        Currency by which the plan might be better without any change, at these prices: ``at_most - price``.
    relaxed
        Verbs of which the proof knows less than the plan.
    unpriced
        Changes that have no price, because kept work breaks less with them than it must without: orders are then others
        than those that prices are of.
    complete
        Whether all others have a price; else time ran out.
    """

    table: pd.DataFrame
    worth_price: float
    slack: float
    relaxed: tuple[str, ...]
    unpriced: tuple[str, ...] = ()
    complete: bool = True


def prices(
    problem: Problem,
    plan: Plan,
    *,
    rules: Sequence[Rule] = RULES,
    resolved: int = 10,
    time_limit_s: float = 120.0,
    seed: int = 0,
    stop: threading.Event | None = None,
) -> Prices:
    """Say what an hour more of each technician is worth, a skill that somebody lacks, a piece that a depot is short of.

    The prices of a proof (`plan(bound=True)`) tell for a changed shift what its best day would gain at most: an upper
    bound of what the change is worth. The dearest `resolved` changes are planned anew, beginning with the plan.

    Parameters
    ----------
    problem, plan
        The plan to be improved.
    rules
        The rule book.
    resolved
        How many of the dearest changes are planned anew.
    time_limit_s
        Half of it goes to the proof and its prices, half to planning anew.
    seed
        Of the solver.
    stop
        Set it to get what is known by then.

    Returns
    -------
    Prices
        Changes by what they are worth at most.

    Raises
    ------
    ConfigError
        When time runs out before anything is proved.

    Notes
    -----
    For prices ``p`` of orders and ``u`` of worth each plan of the changed day costs, its worth left out at ``u``
    included, ``sum p + sum over shifts of their least reduced cost`` at least, less what the pieces that depots hold
    cost. A piece more is worth the price of its pool's rows at most; where a depot has none, an order may need just
    that piece, and one shift can have it: the gain of the shift that gains most is added.
    """
    if not time_limit_s > 0 or resolved < 0:
        raise ConfigError("prices need a time limit above 0, and can't plan fewer than 0 changes anew")
    whole, proving = Halt(time_limit_s, stop), Halt(PROVING * time_limit_s, stop)
    clock = Clock(compile_rules(problem, rules))
    concede(clock)
    report = check(problem, plan, rules)
    proof = _proof(clock, report, routes_of(clock, plan), Halt(PROVING * proving.left_s, stop))
    if proof is None:
        raise ConfigError(f"nothing was proved in {time_limit_s:.1f} s, so there are no prices; give more time")
    ladder, unpriced, complete = _priced(problem, rules, clock.program, proof, proving)
    least = sum(proof.job_prices.values()) + sum(proof.shift_prices.values()) - proof.stock_price
    slack = _weight(proof, report) - least
    rows = []
    for rank, (change, price) in enumerate(ladder):
        row: dict[str, str | float] = {"technician": change.technician, "depot": change.depot, "change": change.words}
        row |= {"price": _money(proof, price), "at_most": _money(proof, price + slack)}
        left = (len(ladder[:resolved]) - rank) if rank < resolved else 0
        if left and not whole():
            row |= _resolved(change, plan, rules, seed, (whole.left_s / left, stop), proof, report)
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[3:], float))
    worth_price = _money(proof, proof.worth_price * POINT)
    return Prices(table, worth_price, _money(proof, slack), proof.relaxed, unpriced, complete)


def _proof(clock: Clock, report: Report, routes: Routes, halt: Halt) -> Bound | None:
    if not rehearsed(halt):
        return None
    try:
        found = bound(clock.program, clock, plan_worth=report.worth_unassigned, columns=enumerate(routes), halt=halt)
    except ValueError as error:
        raise ConfigError(f"there are no prices: {error}") from error
    return found if found.complete or found.root else None


def _weight(proof: Bound, report: Report) -> int:
    """Return a plan's cost with the worth it leaves out priced as the proof prices it, in parts of Money."""
    return proof.fine * report.cost + proof.worth_price * report.worth_unassigned


def _money(proof: Bound, parts: int) -> float:
    return round(parts / proof.fine / CURRENCY, 6)


def _changes(problem: Problem, program: Program) -> Iterator[_Change]:
    yield from _of_people(problem, program)
    if "need" in program.said:
        yield from _of_stock(problem, program)


def _of_stock(problem: Problem, program: Program) -> Iterator[_Change]:
    """Yield a piece more of each part in each depot that has fewer than all orders together may ask of it."""
    needed: Counter[str] = Counter()
    for job in program.jobs:
        needed.update(dict(PARTS.needs(job)))
    for depot in sorted(problem.depots, key=lambda depot: depot.id):
        held = PARTS.held(depot)
        if held is None:
            continue
        for part, count in sorted(needed.items()):
            if f"{PARTS.word} {part}" in program.stock.kinds and held.get(part, 0) < count:
                more = replace(depot, values={**depot.values, STOCK: {**held, part: held.get(part, 0) + 1}})
                depots = tuple(more if other is depot else other for other in problem.depots)
                words = f"one piece more of {PARTS.called(problem, part)}"
                yield _Change("", depot.id, words, problem.replace(depots=depots), f"{PARTS.word} {part}")


def _of_people(problem: Problem, program: Program) -> Iterator[_Change]:
    """Yield an hour more of each technician, and each skill that an order needs at a level that somebody lacks."""
    hour = HOUR * problem.ticks_per_second
    needed: dict[str, int] = {}
    for job in program.jobs:
        for skill, level in job.values.get("skills", ()):
            needed[skill] = max(level, needed.get(skill, 0))
    for person in sorted(problem.technicians, key=lambda person: person.id):
        if not any(shift.technician == person.id for shift in problem.shifts):
            continue
        shifts = tuple(
            replace(shift, end=shift.end + hour) if shift.technician == person.id else shift for shift in problem.shifts
        )
        yield _Change(person.id, "", "one hour more", problem.replace(shifts=shifts))
        held = dict(person.values.get("skills", ()))
        for skill, level in sorted(needed.items()):
            if held.get(skill, 0) < level:
                taught = tuple(sorted({**held, skill: level}.items()))
                learnt = replace(person, values={**person.values, "skills": taught})
                people = tuple(learnt if other is person else other for other in problem.technicians)
                yield _Change(person.id, "", f"skill {skill}, level {level}", problem.replace(technicians=people))


def _priced(
    problem: Problem, rules: Sequence[Rule], before: Program, proof: Bound, halt: Halt
) -> tuple[list[tuple[_Change, int]], tuple[str, ...], bool]:
    """Return the changes with their prices, the dearest first, those that can't have one, and whether time sufficed."""
    found, unpriced, complete = list[tuple[_Change, int]](), list[str](), True
    for change in _changes(problem, before):
        if halt():
            complete = False
            break
        clock = Clock(compile_rules(change.problem, rules))
        concede(clock)
        try:
            if change.kind:
                price = price_piece(proof, before, clock.program, change.depot, change.kind, halt)
            else:
                price = reprice(proof, before, clock.program, halt)
        except ValueError:  # what kept work is conceded has changed
            unpriced.append(f"{change.technician or change.depot}: {change.words}")
            continue
        complete = complete and price is not None
        if price is not None:
            found.append((change, price))
    found.sort(key=lambda pair: (-pair[1], pair[0].technician, pair[0].depot, pair[0].words))
    return found, tuple(unpriced), complete


def _resolved(
    change: _Change, plan: Plan, rules: Sequence[Rule], seed: int, time: tuple[float, threading.Event | None],
    proof: Bound, report: Report,
) -> dict[str, float]:  # fmt: skip
    """Plan with the change, beginning with the plan, and say what that gains."""
    limit, stop = time
    made = planned(change.problem, rules=rules, time_limit_s=limit, seed=seed, start=plan, stop=stop)
    after = check(change.problem, made, rules)
    return {
        "gain": _money(proof, _weight(proof, report) - _weight(proof, after)),
        "cost_change": currency(after.cost - report.cost),
        "worth_change": (after.worth_unassigned - report.worth_unassigned) / POINT,
    }
