"""Several searches from one seed, that tell each other their best plans.

A stream is a sequence of moves of its own. Streams meet after a fixed number of moves; threads only
execute them. So the same seed and number of moves give the same plan with one thread or several.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Final

import numpy as np

from fieldops.routing.program import NOBODY
from fieldops.routing.solvers.search.anneal import anneal, chances, construct
from fieldops.routing.solvers.search.arrays import (
    CHOICES,
    DRIVE_RATE,
    FLOOR_RATE,
    FROZEN,
    KEPT,
    METRE_RATE,
    SERVICE,
    WIDTH,
    WORTH,
    Model,
)  # fmt: skip
from fieldops.routing.solvers.search.sparing import Sparing
from fieldops.routing.solvers.search.state import (
    BEST_MONEY,
    BEST_WORTH,
    DONE,
    FAR,
    HELD_ELSEWHERE,
    LENGTH,
    MONEY_IN,
    SERVED,
    WAY,
    WORTH_OUT,
    State,
    new_state,
    note_best,
    room,
    settle,
    tokens_of,
)  # fmt: skip
from fieldops.routing.solvers.select.candidates import Candidates, gather

Routes = list[list[int]]
MET_LAST: Final = 3000  # routes told to a proof
LEFT_OUT_COSTS: Final = 4  # when moves are judged, a job of least worth left out weighs as much as serving four


class Streams:
    """The states of all streams on one model.

    Parameters
    ----------
    model
        What is planned.
    kept
        Tokens of pinned and started work by shift; a shift on which the kernels can't time even these
        keeps them and is left alone.
    start
        Jobs of each shift to begin from.
    seed, count
        Of the random choices; how many streams.
    """

    def __init__(self, model: Model, kept: dict[int, list[int]], start: Routes, seed: int, count: int) -> None:
        self.model, self._n = model, len(model.job)
        self.frozen: dict[int, list[int]] = {}
        start = [[token for token in route if token < self._n] for route in start]
        size = room(model, max(map(len, start), default=1))
        self.states = [new_state(model, size, seed, stream) for stream in range(count)]
        self._chances = chances()
        for state in self.states:
            self._load(state, start)
            if state is self.states[0]:
                start = self._sound(state, kept, start)
            self._reset_best(state)
        self.price, self._unit = 1, 1
        self.planned = [model] * count  # by each stream: shifts that it does without are frozen
        self._sparing, self._fewer = Sparing(model, seed), True

    def _sound(self, state: State, kept: dict[int, list[int]], start: Routes) -> Routes:
        """Fall back to the kept work where a route to begin from can't be timed; freeze where even that can't."""
        bad = np.flatnonzero(self._verdict == 0).tolist()
        for shift in bad:
            start[shift] = [token for token in kept.get(shift, ()) if token < self._n]
        if bad:
            self._load(state, start)
        for shift in np.flatnonzero(self._verdict == 0).tolist():
            self.frozen[shift], start[shift] = list(kept.get(shift, ())), []
            self.model.shift[shift, FROZEN] = 1
        if self.frozen:
            held = [t for tokens in self.frozen.values() for t in tokens if t < self._n]
            self.model.job[held, KEPT] = 0  # a selection must not look for them: they are in none of its routes
            for stream in self.states:
                stream.where[held] = HELD_ELSEWHERE
            self._load(state, start)
        return start

    def _load(self, state: State, routes: Routes) -> None:
        """Put jobs into a state and derive the rest of it."""
        state.info[:, LENGTH] = [len(route) for route in routes]
        for shift, route in enumerate(routes):
            state.jobs[shift, : len(route)] = route
        self._verdict = np.zeros(len(routes), np.int64)
        settle(self.model, state, self._verdict)

    def _reset_best(self, state: State) -> None:
        state.notes[BEST_WORTH] = np.iinfo(np.int64).max
        note_best(state)

    # ---- the first plan

    def order(self) -> np.ndarray:
        """Return the jobs left out as construction takes them: by worth, then those with the fewest choices."""
        job = self.model.job
        out = np.flatnonzero(self.states[0].where == NOBODY)
        width = job[out, WIDTH] - job[out, SERVICE]
        keys = (out, width, job[out, CHOICES], -job[out, WORTH])
        return out[np.lexsort(keys)].astype(np.int64)

    def construct(self, order: np.ndarray, begin: int, stop: int) -> None:
        """Insert some of `order` into the first stream's plan."""
        construct(self.model, self.states[0], order, begin, stop)
        note_best(self.states[0])

    def share(self) -> None:
        """Let every other stream begin from the first one's plan, and fix what moves are judged by."""
        routes = self._routes(self.states[0])
        for state in self.states[1:]:
            self._load(state, routes)
            note_best(state)
        self._measure(self.states[0])
        totals, worth = self.states[0].totals, self.model.job[:, WORTH]
        served = max(1, int(totals[SERVED]))
        least = int(worth[worth > 0].min(initial=2**62))
        most = 2**60 // max(1, int(worth.sum()))
        self.price = max(1, min(-(-LEFT_OUT_COSTS * int(totals[MONEY_IN]) // served // least), most))

    def _measure(self, state: State) -> None:
        """Let temperatures be counted in what driving to one job costs in the plan of this state."""
        self._unit = max(1, self._driving(state) // max(1, int(state.totals[SERVED])))

    def _driving(self, state: State) -> int:
        """Return what driving costs in the plan, the time at the wheel as it is paid: what moves can save."""
        terms, info = self.model.shift, state.info
        rates = terms[:, DRIVE_RATE] + terms[:, FLOOR_RATE]
        return int(((info[:, WAY] * rates + info[:, FAR] * terms[:, METRE_RATE])[info[:, LENGTH] > 0]).sum())

    # ---- moves

    def heat(self, times: float) -> int:
        """Return a temperature (Money): so many times what driving to one job costs."""
        return int(self._unit * times)

    def run(self, moves: Sequence[int], heat: int, threads: Executor | None) -> None:
        """Make so many moves in each stream."""
        if threads is None:
            for model, state, count in zip(self.planned, self.states, moves, strict=True):
                anneal(model, state, count, self.price, heat, self._chances)
            return
        jobs = [
            threads.submit(anneal, model, state, count, self.price, heat, self._chances)
            for model, state, count in zip(self.planned, self.states, moves, strict=True)
        ]
        for job in jobs:
            job.result()

    def do_without(self) -> None:
        """Let each stream go on from its best plan without some of the shifts (see `sparing`), until `have_again`."""
        leader = self.leader
        for k, state in enumerate(self.states):
            routes = self._routes(state, best=True)
            if k == leader:  # the first plan drives half as far again as the best: too hot to go on from that
                self._load(state, routes)
                self._measure(state)
            away = self._sparing.fewer(routes) if self._fewer else self._sparing.others(routes)
            own = self.model.shift.copy()
            own[away, FROZEN] = 1
            self.planned[k] = self.model._replace(shift=own)
            self._load(state, [[] if own[shift, FROZEN] else jobs for shift, jobs in enumerate(routes)])
        self._fewer = not self._fewer

    def have_again(self) -> None:
        """Let all shifts work again."""
        self.planned = [self.model] * len(self.states)

    def candidates(self) -> Candidates:
        """Return the routes that all streams met, and those of the best plan."""
        leader = self.states[self.leader]
        routes = self._routes(leader, best=True)
        best = [
            (shift, int(leader.best_cost[shift]), route, leader.best_drawn[shift])
            for shift, route in enumerate(routes)
            if route
        ]
        return gather(self.model, [state.pool for state in self.states], best)

    def met(self) -> list[tuple[int, list[int]]]:
        """Return the routes met last, a shift and its jobs each: the colder the search, the better they are."""
        routes = self.candidates()
        last = np.argsort(-routes.met, kind="stable")[:MET_LAST]
        return [(int(routes.shift[index]), routes.route(int(index))) for index in last]

    def adopt(self, chosen: Sequence[tuple[int, list[int]]]) -> bool:
        """Let the stream with the worst plan go on from routes (shift, jobs); return whether they are the best plan."""
        before = self.value
        worst = max(range(len(self.states)), key=lambda k: self._value(self.states[k]))
        state = self.states[worst]
        own = self._routes(state)
        routes: Routes = [[] for _ in self.model.shift]
        for shift, jobs in chosen:
            routes[shift] = jobs
        self._load(state, routes)
        if not note_best(state):  # streams have found better meanwhile
            self._load(state, own)
        else:
            self.planned[worst] = self.model
        return self.value < before

    def meet(self) -> None:
        """Let streams whose best plan is worse than the best of all go on from that one."""
        leader = self.states[self.leader]
        for k, state in enumerate(self.states):
            if self._value(state) > self._value(leader):
                self._load(state, self._routes(leader, best=True))
                self.planned[k] = self.model
                note_best(state)

    # ---- results

    @property
    def leader(self) -> int:
        """The stream with the best plan; the first of equals."""
        return min(range(len(self.states)), key=lambda k: (*self._value(self.states[k]), k))

    @property
    def value(self) -> tuple[int, int]:
        """Worth left out and cost of the best plan, frozen shifts' cost not counted."""
        return self._value(self.states[self.leader])

    @property
    def left_out(self) -> int:
        """How many jobs of worth, which somebody may do, the best plan leaves out."""
        state, job = self.states[self.leader], self.model.job
        out = (state.where != HELD_ELSEWHERE) & (job[:, WORTH] > 0) & (job[:, CHOICES] > 0)
        for jobs in self._routes(state, best=True):
            out[jobs] = False
        return int(out.sum())

    @property
    def moves(self) -> int:
        """How many moves were made."""
        return sum(int(state.notes[DONE]) for state in self.states)

    @staticmethod
    def _value(state: State) -> tuple[int, int]:
        return int(state.notes[BEST_WORTH]), int(state.notes[BEST_MONEY])

    def _routes(self, state: State, best: bool = False) -> Routes:
        jobs, lengths = (state.best_jobs, state.best_length) if best else (state.jobs, state.info[:, LENGTH])
        return [jobs[shift, : int(length)].tolist() for shift, length in enumerate(lengths)]

    def routes(self) -> Routes:
        """Return the tokens of the best plan's routes."""
        state = self.states[self.leader]
        routes = self._routes(state, best=True)
        room = np.zeros(len(state.desk.tokens) + 1, np.int64)
        for shift, jobs in enumerate(routes):
            given = np.array(jobs, np.int64)
            if jobs:
                routes[shift] = room[: tokens_of(self.model, state, shift, given, len(jobs), room)].tolist()
        for shift, tokens in self.frozen.items():
            routes[shift] = list(tokens)
        return routes

    def drift(self) -> tuple[int, int]:
        """Return by how much the running sums of the first stream differ from sums made anew: always 0, 0."""
        state = self.states[0]
        before = int(state.totals[WORTH_OUT]), int(state.totals[MONEY_IN])
        self._load(state, self._routes(state))
        return int(state.totals[WORTH_OUT]) - before[0], int(state.totals[MONEY_IN]) - before[1]
