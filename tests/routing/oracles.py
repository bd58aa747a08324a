"""Brute force: every sequence, every assignment, every departure. Slow, plain and written apart from the library.

Sequences are judged by the checker, never by the program's arrays, so an oracle disagrees with a solver
whenever program and checker disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from fieldops.routing.check import Judge
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Problem, Shift
from fieldops.routing.program import NOBODY, Program
from fieldops.routing.rules import RULES, Rule

Value = tuple[int, int]


def sequences(program: Program, shift: int, jobs: Sequence[int]) -> Iterator[list[int]]:
    """Yield every order of `jobs`, with every choice of the shift's rests and of one stop at a depot, at every place.

    Orders that need neither tools nor parts are worth no stop.
    """
    rests = program.rest_tokens(shift)
    needy = any(program.stock.needs[job] for job in jobs)
    stops: list[list[int]] = [[], *([depot] for depot in program.restock_tokens(shift) if needy)]
    for taken in (subset for size in range(len(rests) + 1) for subset in combinations(rests, size)):
        for stop in stops:
            yield from map(list, permutations([*jobs, *taken, *stop]))


def best_days(judge: Judge, shift: int) -> dict[frozenset[int], tuple[int, list[int]]]:
    """Return for each set of orders that the shift can do soundly the least cost and its sequence."""
    program, found = judge.clock.program, {frozenset(): (0, [])}
    for size in range(1, len(program.jobs) + 1):
        for jobs in combinations(range(len(program.jobs)), size):
            days = (
                (judge.day(shift, tokens), tokens)
                for tokens in sequences(program, shift, jobs)
            )  # fmt: skip
            sound = [(cost, tokens) for (added, cost), tokens in days if not added]
            if sound:
                found[frozenset(jobs)] = min(sound)
    return found


def best_plan(problem: Problem, rules: Sequence[Rule] = RULES, judge: Judge | None = None) -> tuple[Value, list]:
    """Return the least (worth left out, cost) of all plans, and its routes."""
    judge = judge or Judge(problem, rules)
    program = judge.clock.program
    days = [best_days(judge, shift) for shift in range(len(program.shifts))]
    must = frozenset(job for job in range(len(program.jobs)) if program.pinned[job] != NOBODY)
    plans: dict[frozenset[int], tuple[int, list]] = {frozenset(): (0, [])}
    for choices in days:
        longer: dict[frozenset[int], tuple[int, list]] = {}
        for served, (cost, routes) in plans.items():
            for jobs, (more, tokens) in choices.items():
                if not served & jobs:
                    whole = cost + more, [*routes, tokens]
                    longer[served | jobs] = min(longer.get(served | jobs, whole), whole)
        plans = longer
    total = int(program.worth.sum())
    return min(
        ((total - sum(int(program.worth[j]) for j in served), cost), routes)
        for served, (cost, routes) in plans.items()
        if must <= served and not judge.plan_adds(routes)
    )


# ---- a day lived from a given departure, straight from the problem's own nouns


def live(
    problem: Problem, shift: Shift, program: Program, tokens: Sequence[int], depart: int
) -> tuple[list[int], list[int], list[int | None], int]:
    """Return starts, ends, the window used (its number, None where too late), and the moment of return.

    `program` only names the tokens and holds windows and rests; travel and service come from the problem.
    """
    now, place = depart, shift.origin
    number = program.shift_index[shift.id]
    starts, ends, used = [], [], []
    for token in tokens:
        if program.is_rest(token):
            length, earliest, latest, _ = program.rests[number][token - program.first_rest]
            windows = [(earliest, latest)]
        elif not program.is_job(token):
            depot = program.depots[token - len(program.jobs)]
            now += problem.drive(place, depot.place)[0]
            place, length, windows = depot.place, depot.service_s, [(now, now)]
        else:
            job = program.jobs[token]
            now += problem.drive(place, job.place)[0]
            place, length, windows = job.place, job.service_s, program.windows[token]
        open_still = [w for w, (_, closes) in enumerate(windows) if closes >= now]
        start = max(now, windows[open_still[0]][0]) if open_still else now
        if program.is_rest(token):
            start = max(now, windows[0][0])
        starts.append(start)
        now = start + length
        ends.append(now)
        used.append(open_still[0] if open_still else None)
    return starts, ends, used, now + problem.drive(place, shift.destination)[0]


def lateness(program: Program, token: int, start: int, end: int) -> int:
    """Return what being late costs at this start."""
    if not program.is_job(token):
        return 0
    (begun, done), rate = program.due_at[token].tolist(), program.due_rate[token].tolist()
    return int(max(0, start - begun) * rate[0] + max(0, end - done) * rate[1])


def latest_departure(clock: Clock, shift: int, tokens: Sequence[int], step: int) -> int:
    """Return the latest departure of the clock's fourth rule, by trying all on a grid of `step` ticks.

    A departure will do if the day ends no later, each start stays in the window that the earliest day
    uses, starts that are too late anyway don't move, and no lateness grows. Where the whole shift is
    paid no start may move at all.
    """
    program, problem = clock.program, clock.program.problem
    noun = program.shifts[shift]
    starts, ends, used, back = live(problem, noun, program, tokens, noun.start)
    found = departs = noun.start
    sound = True
    while sound:  # travel is first in, first out: once a departure won't do, no later one will
        found, departs = departs, departs + step
        later, later_ends, windows, home = live(problem, noun, program, tokens, departs)
        sound = home <= back and windows == used
        for i, token in enumerate(tokens):
            fixed = used[i] is None or program.pay_shift[shift]
            late = lateness(program, token, starts[i], ends[i])
            sound &= not (fixed and later[i] != starts[i])
            sound &= lateness(program, token, later[i], later_ends[i]) <= late
    return found
