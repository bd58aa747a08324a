"""Give a day to a solver in processes of their own: same cores, same wall time, the best of its answers taken.

A library with threads of its own gets one process and all the cores; one without gets a process a core, each with
a seed of its own. Imports, building the model and compiling are off the clock. A process that overruns its limit is
ended, and the best routes that it told on the way count. One that crashes or has told none is no plan: all orders are
unserved then. The row says so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from benchmarks.options import Options
from benchmarks.skilled_day import SkilledDay, Tours, row, score

FIELDOPS = "fieldops"
THREADED = (FIELDOPS, "vroom")
BUILDING_S = 600.0  # for imports, the model and a cold compile, before a process is given up
LATE_S, LATE = 5.0, 1.02  # so many seconds beyond so many times its limit, and a search is ended
BEGUN = "begun"  # what a process says when the model stands
SOFAR = "so far"  # note of routes told on the way
TOLD_S = 0.5  # a solver tells its best routes no more often
OVERRAN = "overran its limit and was ended: "
Routes = Sequence[Sequence[int]]


def silent(routes: Routes) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Terms:
    """What a solver is given: seconds, a seed, cores, whom to tell; `solver` names one of those of fieldops.

    `tell` takes the best routes so far (job indices for each technician), from a solver that may overrun its limit.
    """

    limit_s: float
    seed: int = 0
    cores: int = 1
    solver: str | None = None
    tell: Callable[[Routes], None] = silent


@dataclass(frozen=True)
class Answer:
    """Tours by id, the seconds they took, and what went wrong."""

    tours: Tours
    wall_s: float
    note: str = ""


def cores(wanted: int) -> set[int]:
    """Return the numbers of as many cores as are wanted.

    Raises
    ------
    SystemExit
        When this process has fewer.
    """
    mine = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    if wanted > len(mine):
        raise SystemExit(f"--workers {wanted}: this machine lends {len(mine)} cores; say so many or fewer")
    return set(mine[:wanted])


def answers(day: SkilledDay, name: str, terms: Terms) -> list[Answer]:
    """Let one solver work on a day, in one process or one a core."""
    alone = name in THREADED
    each = [terms] if alone else [replace(terms, seed=terms.seed + k, cores=1) for k in range(terms.cores)]
    started = [_start(day, name, one, cores(terms.cores)) for one in each]
    return [_answer(process, end, terms.limit_s) for process, end in started]


def _start(day: SkilledDay, name: str, terms: Terms, where: set[int]) -> tuple[BaseProcess, Connection]:
    context = get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, day, name, terms, where), daemon=True)
    process.start()
    theirs.close()
    return process, mine


def _work(end: Connection, day: SkilledDay, name: str, terms: Terms, where: set[int]) -> None:
    """Run in the process: state, solve, send."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, where)
    solver = import_module(f"benchmarks.peer_solvers.by_{name}")
    made = solver.stated(day, terms)
    end.send(BEGUN)
    began = time.perf_counter()

    def tell(routes: Routes) -> None:
        end.send(Answer(day.tours(routes), time.perf_counter() - began, SOFAR))

    routes = solver.solved(day, made, replace(terms, tell=tell))
    wall_s = time.perf_counter() - began
    note = "" if any(routes) else "found no plan"
    end.send(Answer(day.tours(routes), wall_s, note))
    end.close()


def _answer(process: BaseProcess, end: Connection, limit_s: float) -> Answer:
    """Return what a process answers; what it told last where it overruns its limit."""
    began, sofar = time.monotonic(), Answer((), 0.0, OVERRAN + "no plan")
    try:
        if not end.poll(BUILDING_S):
            return Answer((), 0.0, f"was given up: no model in {BUILDING_S:.0f} s")
        end.recv()
        began = time.monotonic()
        while end.poll(max(0.0, began + LATE * limit_s + LATE_S - time.monotonic())):
            found: Answer = end.recv()
            if found.note != SOFAR:
                process.join(LATE_S)
                return found
            sofar = replace(found, note=f"{OVERRAN}the plan it had after {found.wall_s:.0f} s")
        return replace(sofar, wall_s=time.monotonic() - began)
    except EOFError:
        process.join(LATE_S)
        return Answer((), time.monotonic() - began, f"ended without an answer (exit code {process.exitcode})")
    finally:
        if process.is_alive():
            process.kill()
            process.join()


def best(day: SkilledDay, found: Iterable[Answer]) -> Answer:
    """Return the best answer: one without faults before one with, then by worth left out and driving.

    Its wall time is the longest of all: the machine was busy so long.
    """
    answers = list(found)
    scores = [score(day, answer.tours) for answer in answers]
    first = min(range(len(answers)), key=lambda k: (bool(scores[k].faults), scores[k].key))
    return replace(answers[first], wall_s=max(answer.wall_s for answer in answers))


def solver_row(day: SkilledDay, name: str, terms: Terms) -> dict[str, Any]:
    """Return the result of one solver on a day, scored, with `note` where something is to be told."""
    answer = best(day, answers(day, name, terms))
    return {**row(day, name, answer.tours, answer.wall_s), "note": answer.note}


def fieldops_rows(day: SkilledDay, limit_s: float, options: Options) -> list[dict[str, Any]]:
    """Return the result of fieldops on a day, as a list of one.

    Raises
    ------
    RuntimeError
        When it failed, or the scoring finds a fault that its checker let through.
    """
    made = solver_row(day, FIELDOPS, Terms(limit_s, options.seed, options.workers, options.solver))
    if made["faults"] or made["note"]:
        raise RuntimeError(f"{day.name}: {'; '.join([*made['faults'], made['note']])}")
    return [made]
