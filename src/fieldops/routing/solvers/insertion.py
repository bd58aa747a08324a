"""Cheapest insertion that asks the checker.

Plain Python, a few seconds at a hundred orders: the oracle of the tests, the first rung of the ladder,
and what mends the routes of other solvers, since it holds every rule that the checker judges, also those
that no verb can say.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from fieldops.routing.clock import Walk
from fieldops.routing.program import VERBS
from fieldops.routing.solvers.solver import Answer, Held, Progress, Routes, Task, value

Place = tuple[int, list[int]]  # a shift and what its tokens would become


class Insertion:
    """Take the orders by worth, those with the fewest choices first, and put each where it costs least.

    Orders that found no place are tried once more at the end, because later insertions may have moved a
    day's rest. See Solomon (1987), "Algorithms for the vehicle routing and scheduling problems with time
    window constraints", Operations Research 35(2), 254-265, for the family.
    """

    name = "insertion"
    holds: Mapping[str, Held] = MappingProxyType(dict.fromkeys(VERBS, "exact"))

    def solve(self, task: Task) -> Answer:
        """Return routes that add no breach; work kept comes first, then until the deadline."""
        routes = [list(route) for route in task.start]
        for shift, tokens in task.kept.items():
            kept = [token for token in tokens if task.program.is_job(token)]
            if not set(kept) <= set(routes[shift]):
                routes[shift] = list(tokens)
        waiting = self._in_order(task, routes)
        for _ in range(2):
            waiting = self._insert_all(task, routes, waiting)
        return Answer(routes, "deadline" if task.halt() else "end")

    def _in_order(self, task: Task, routes: Routes) -> list[int]:
        program = task.program
        placed = {token for route in routes for token in route}
        choices = program.allowed.sum(axis=1)
        width = [sum(b - a for a, b in windows) for windows in program.windows]
        free = [job for job in range(len(program.jobs)) if job not in placed]
        return sorted(free, key=lambda job: (-int(program.worth[job]), int(choices[job]), width[job], job))

    def _insert_all(self, task: Task, routes: Routes, jobs: list[int]) -> list[int]:
        began = time.monotonic()
        left: list[int] = []
        for number, job in enumerate(jobs):
            if task.halt():
                return left + jobs[number:]
            if not self.insert(task, routes, job):
                left.append(job)
            elif task.on_progress:
                worth, cost = value(task.clock, routes)
                task.on_progress(Progress(self.name, time.monotonic() - began, worth, cost))
        return left

    def insert(self, task: Task, routes: Routes, job: int) -> bool:
        """Put `job` into `routes` where it costs least; return whether it found a place."""
        options: list[tuple[int, int, list[int], Walk]] = []
        for shift in np.flatnonzero(task.program.allowed[job]).tolist():
            options += self._options(task, shift, routes[shift], job)
        for _, shift, tokens, walk in sorted(options, key=lambda option: option[:3]):
            if task.judge.fits(shift, tokens, walk) and self._plan_allows(task, routes, shift, tokens):
                routes[shift] = tokens
                return True
        return False

    def _options(self, task: Task, shift: int, route: list[int], job: int) -> list[tuple[int, int, list[int], Walk]]:
        """Return (extra cost, shift, tokens, walk) of each sound position, the rest where it fits best."""
        clock, before = task.clock, task.clock.walk(shift, route).cost
        jobs = [token for token in route if task.program.is_job(token)]
        rests = sum(rest[0] for rest in task.program.rests[shift])
        found = []
        for gap in range(len(jobs) + 1):
            longer = [*jobs[:gap], job, *jobs[gap:]]
            bare = clock.walk(shift, longer)
            if bare.breach - bare.lacking > rests:
                continue  # more is broken than stops could mend, and stops only delay
            tokens, walk = clock.with_stops(shift, longer)
            if not walk.breach:
                found.append((walk.cost - before, shift, tokens, walk))
        return found

    def _plan_allows(self, task: Task, routes: Routes, shift: int, tokens: list[int]) -> bool:
        changed = [tokens if index == shift else route for index, route in enumerate(routes)]
        return not task.judge.plan_adds(changed)
