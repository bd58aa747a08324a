"""plan(): problem -> program -> solver -> clock -> check -> Plan."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from fieldops.errors import BrokenPlanError, ConfigError
from fieldops.routing.check import Judge, check, compile_rules
from fieldops.routing.clock import Clock, Walk
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.given import concede
from fieldops.routing.program import Program
from fieldops.routing.proving import proof_of, prove
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.solvers import NAMES, Answer, Halt, Progress, Routes, Solver, Task, solver, value
from fieldops.routing.solvers.insertion import Insertion
from fieldops.units import Money

log = logging.getLogger(__name__)

DEFAULT_LIMIT_S = 30.0
RESERVE = 0.05  # share of the limit kept back for repair and the last check
RESERVE_MOST_S = 2.0
SEARCHING = 0.4  # share of the time that the solver takes where a proof is asked for
OWN_FIRST_PLAN = ("search", "insertion")  # solvers whose first plan comes sooner than insertion's, or is it


def plan(
    problem: Problem,
    *,
    rules: Sequence[Rule] = RULES,
    solver: str | None = None,
    time_limit_s: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    start: Plan | None = None,
    stop: threading.Event | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    bound: bool = False,
) -> Plan:
    """Plan who does which order when.

    Parameters
    ----------
    problem
        Jobs, technicians, shifts, travel.
    rules
        The rule book; ``[*RULES, MyRule()]`` adds a rule of your own.
    solver
        ``search``, ``routing``, ``insertion``, or None for the best one that holds every rule.
    time_limit_s
        Wall time, all steps included; kept within max(1 s, 2 %). Without it and without `iterations`, 30 s.
    iterations
        Bound the solver's work instead: same problem, seed and iterations, same plan.
    seed
        Of the solver's random choices, where it makes any.
    start
        A plan to begin from, e.g. yesterday's; its orders that still fit stay where they are.
    stop
        Set it (from a signal handler, another thread) to get the best plan so far.
    on_progress
        Called with each better plan's worth and cost.
    bound
        Also prove how good the plan is (`Plan.bound`). The solver then takes two fifths of the time limit, which must
        be given, and the proof what is left. The proof goes by the clock and may meet a better plan, so with it the
        same `iterations` need not give the same plan or proof.

    Returns
    -------
    Plan
        Checked: it breaks no hard rule but where pinned work forces it (`Plan.given`).

    Raises
    ------
    ConfigError
        When the arguments can't be used.
    BrokenPlanError
        When the checker refuses what came out; nothing is handed out then.
    """
    began = time.monotonic()
    if time_limit_s is not None and not time_limit_s >= 0:
        raise ConfigError(f"a time limit of {time_limit_s} s can't be kept; give 0 or more")
    if iterations is not None and iterations < 0:
        raise ConfigError(f"{iterations} iterations can't be made; give 0 or more")
    if bound and time_limit_s is None:
        raise ConfigError("a proof goes on until it is stopped; give time_limit_s with bound=True")
    if time_limit_s is None and iterations is None:
        time_limit_s = DEFAULT_LIMIT_S
    halt = Halt(None if time_limit_s is None else time_limit_s - min(RESERVE * time_limit_s, RESERVE_MOST_S), stop)
    clock = Clock(compile_rules(problem, rules))
    kept = concede(clock)
    judge = Judge(problem, rules, clock)
    task = Task(clock.program, clock, judge, kept, _begin(clock, kept, start), halt, seed, iterations, on_progress)
    _lighten(task, task.start)
    chosen, notes = _choose(clock.program, solver)
    answer = _climb(_hastened(task) if bound else task, chosen)
    routes, proved, more = prove(task, answer.routes, answer.met) if bound else (answer.routes, None, ())
    made = {
        "solver": chosen.name,
        "seed": seed,
        "iterations": iterations,
        "time_limit_s": time_limit_s,
        "stopped_by": "signal" if halt.flag.is_set() else answer.stopped_by,
        **answer.facts,
    }
    result = _finish(judge, routes, (*notes, *answer.notes, *more))
    proof = proof_of(proved, result.cost) if proved else None
    return replace(result, bound=proof, made={**made, "seconds": round(time.monotonic() - began, 3)})


def _hastened(task: Task) -> Task:
    """Return the task with an earlier deadline, so that time is left for a proof."""
    return replace(task, halt=Halt(SEARCHING * task.halt.left_s, task.halt.flag))


def _choose(program: Program, name: str | None) -> tuple[Solver, list[str]]:
    """Return the solver asked for, or the first that can be told every verb the rules said."""
    if name is None:
        names = list(NAMES)
    else:
        names = [name, *(other for other in NAMES if other != name)]
    notes: list[str] = []
    for candidate in map(solver, names):
        missing = sorted(verb for verb in program.said if candidate.holds[verb] == "cannot")
        if not missing:
            return candidate, notes
        notes.append(f"solver {candidate.name} can't hold {', '.join(missing)}: another was used")
        log.warning(notes[-1])
    raise AssertionError("insertion holds every verb")


def _begin(clock: Clock, kept: Mapping[int, list[int]], start: Plan | None) -> Routes:
    """Return the routes to begin from: the days of `start` with the kept work in them, sound or not yet."""
    program = clock.program
    routes: Routes = [list(kept.get(shift, ())) for shift in range(len(program.shifts))]
    placed = {job for tokens in kept.values() for job in tokens}
    for day in start.days if start else ():
        shift = program.shift_index.get(day.shift)
        if shift is None:
            continue
        mine = [token for token in kept.get(shift, ()) if program.is_job(token)]
        jobs = list(dict.fromkeys(program.job_index[v.id] for v in day.visits if v.id in program.job_index))
        jobs = [job for job in jobs if job in mine or job not in placed]
        for job in mine:
            if job not in jobs:
                tries = [[*jobs[:gap], job, *jobs[gap:]] for gap in range(len(jobs) + 1)]
                jobs = min(tries, key=lambda tokens: _evil(clock.walk(shift, tokens)))
        jobs.sort(key=lambda job: job != program.first[shift])
        routes[shift], _ = clock.with_stops(shift, jobs)
        placed.update(jobs)
    return routes


def _climb(task: Task, chosen: Solver) -> Answer:
    """Climb the ladder: insertion for a sound plan at once, then the chosen solver; the better one is kept.

    Each rung is mended before it is compared: routes that only look better, because a verb was relaxed, lose.
    """
    if chosen.name in OWN_FIRST_PLAN:
        return _mended(task, chosen.solve(task))
    first = _mended(task, Insertion().solve(task))
    if task.halt():
        return first
    second = _mended(task, chosen.solve(replace(task, start=first.routes)))
    if value(task.clock, second.routes) < value(task.clock, first.routes):
        return second
    return replace(second, routes=first.routes, facts={**second.facts, "rung": "insertion"})


def _mended(task: Task, answer: Answer) -> Answer:
    routes, dropped = _repair(task, answer.routes)
    return replace(answer, routes=routes, facts={**answer.facts, "repaired": dropped})


def _repair(task: Task, routes: Routes) -> tuple[Routes, int]:
    """Take out what the checker refuses (verbs relaxed, rules that no verb can say) and try it elsewhere."""
    routes = [list(route) for route in routes]
    dropped = _lighten(task, routes)
    for job in sorted(dropped, key=lambda job: (-int(task.program.worth[job]), job)):
        Insertion().insert(task, routes, job)
    return routes, len(dropped)


def _lighten(task: Task, routes: Routes) -> list[int]:
    """Take orders out of `routes` until the checker finds nothing; return them."""
    program, dropped = task.program, []
    for shift, route in enumerate(routes):
        while route and (added := task.judge.day(shift, route)[0]):
            named = {violation.job for violation in added}
            loose = [t for t in route if program.is_job(t) and t not in task.kept.get(shift, ())]
            if not loose:
                route = list(task.kept.get(shift, ()))
                break
            guilty = [t for t in loose if program.jobs[t].id in named]
            worst = min(guilty or loose, key=lambda t: (int(program.worth[t]), t))
            dropped.append(worst)
            route, _ = task.clock.with_stops(shift, [t for t in route if t != worst and program.is_job(t)])
        routes[shift] = route
    return dropped + _thin(task, routes)


def _thin(task: Task, routes: Routes) -> list[int]:
    """Take out orders that break rules seen only in whole plans: those named first, least worth first."""
    program, dropped = task.program, []
    while added := task.judge.plan_adds(routes):
        named = {violation.job for violation in added}
        loose = [
            (program.jobs[token].id not in named, int(program.worth[token]), token, shift)
            for shift, route in enumerate(routes)
            for token in route
            if program.is_job(token) and token not in task.kept.get(shift, ())
        ]
        if not loose:
            break
        _, _, job, shift = min(loose)
        left = [token for token in routes[shift] if token != job and program.is_job(token)]
        routes[shift], _ = task.clock.with_stops(shift, left)
        dropped.append(job)
    return dropped


def _evil(walk: Walk) -> tuple[int, Money]:
    return walk.breach, walk.cost


def _finish(judge: Judge, routes: Routes, notes: Sequence[str]) -> Plan:
    """Let the clock time the routes and the checker judge them."""
    draft = judge.plan(routes)
    report = check(judge.problem, draft, judge.rules)
    if not report.sound:
        raise BrokenPlanError("; ".join(violation.words for violation in report.violations))
    given = tuple(f"given: {violation.words}" for violation in report.given)
    return replace(
        draft,
        worth_unassigned=report.worth_unassigned,
        costs=report.costs,
        given=report.given,
        notes=(*notes, *given),
    )
