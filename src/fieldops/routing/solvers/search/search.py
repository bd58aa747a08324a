"""The solver `search`: ruin and recreate with annealing, in compiled kernels."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_right
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from fieldops.routing.program import VERBS
from fieldops.routing.solvers.insertion import Insertion
from fieldops.routing.solvers.search.arrays import model_of
from fieldops.routing.solvers.search.cache import mark_warm, warm
from fieldops.routing.solvers.search.rehearse import rehearse
from fieldops.routing.solvers.search.schedule import ONCE, ROUNDS, Schedule, schedule
from fieldops.routing.solvers.search.streams import Streams
from fieldops.routing.solvers.select.aside import Aside
from fieldops.routing.solvers.solver import Answer, Halt, Held, Progress, Task

STREAMS: Final = 2
SETTLED: Final = 0.02  # the share of a search by the clock after which its speed, and so its schedule, is known
LAG: Final = 8  # rounds after which what a selection chose is taken up, where moves are counted
WORTHWHILE_S: Final = 3.0  # in a shorter search there is no selection,
MOVES_A_JOB: Final = 200  # nor before so many moves for each job: the routes met are not worth choosing from yet
SHARE: Final = 0.15  # of the time for one selection at most
LAST_S: Final = 0.3  # a selection ends so long before the deadline
SLICE_S: Final = 0.03  # between two looks at the clock and the stop flag
AT_ONCE: Final = 1000  # jobs constructed between two looks


class Search:
    """Take neighbouring jobs out of neighbouring routes and put them back, many thousand times a second.

    It holds every verb exactly. With `iterations` and `seed` in the task the same routes come out, whatever
    the number of threads; with a time limit it uses the time.

    Parameters
    ----------
    streams
        Searches that run side by side and exchange their best plans. Changing it changes the plan.
    workers
        Threads that execute them; all cores this process may use by default. It never changes the plan.
    """

    name = "search"
    holds: Mapping[str, Held] = MappingProxyType(dict.fromkeys(VERBS, "exact"))

    def __init__(self, streams: int = STREAMS, workers: int | None = None) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._streams, self._workers = streams, min(streams, workers or cores)

    def solve(self, task: Task) -> Answer:
        """Return the best routes met; those to begin from are never made worse.

        Where the kernels were never compiled on this machine, they are compiled now while insertion makes a plan;
        if time runs out before they are ready, that plan is the answer and a note says so.
        """
        if not len(task.program.jobs) or not len(task.program.shifts):
            return Answer([list(route) for route in task.start], "end", facts={"iterations": 0})
        early = None if rehearse.cache_info().currsize or warm() else self._compile(task)
        if early is not None:
            return early
        return _Run(task, self._streams, self._workers).answer()

    def _compile(self, task: Task) -> Answer | None:
        """Compile in a thread; return insertion's plan if the deadline comes first."""
        ready = threading.Event()
        failed: list[BaseException] = []

        def work() -> None:
            try:
                rehearse()
                mark_warm()
            except BaseException as error:  # carried over to the thread that asked
                failed.append(error)
            finally:
                ready.set()

        threading.Thread(target=work, name="fieldops-compile", daemon=True).start()
        early = Insertion().solve(replace(task, halt=_WhileCompiling(task.halt, ready))).routes
        while not ready.wait(0.05):
            if task.halt():
                note = "search was still being compiled when time ran out: insertion made this plan"
                return Answer(early, "deadline", (note,), {"rung": "insertion", "iterations": 0})
        if failed:
            raise failed[0]
        return None


class _WhileCompiling(Halt):
    """The task's own deadline and flag, or the moment at which the kernels are ready."""

    def __init__(self, halt: Halt, ready: threading.Event) -> None:
        super().__init__(flag=halt.flag)
        self._halt, self._ready = halt, ready

    @property
    def left_s(self) -> float:
        """Seconds left; 0 once the kernels are ready."""
        return 0.0 if self._ready.is_set() else self._halt.left_s


class _Run:
    """One call of the solver: construction, then rounds of moves until the work or the time is done."""

    def __init__(self, task: Task, streams: int, workers: int) -> None:
        self.task, self.began = task, time.monotonic()
        kept = {shift: list(tokens) for shift, tokens in task.kept.items()}
        self.streams = Streams(model_of(task.program), kept, task.start, task.seed, streams)
        self.workers, self._told = workers, (2**62, 2**62)
        self._rate = 500.0  # moves a second and stream; measured as we go
        self._aside: Aside | None = None
        self._selections = self._helped = self._stretches = 0

    def answer(self) -> Answer:
        """Construct, make moves, and return the best routes."""
        self._construct()
        constructed_s = time.monotonic() - self.began
        self.streams.share()
        threads = ThreadPoolExecutor(self.workers, "fieldops-search") if self.workers > 1 else None
        try:
            stopped_by = self._by_moves(threads) if self.task.iterations is not None else self._by_time(threads)
        finally:
            if self._aside:
                self._aside.stop()
            if threads:
                threads.shutdown()
        seconds = time.monotonic() - self.began
        facts: dict[str, float | int | str] = {
            "iterations": self.streams.moves,
            "iterations_per_s": round(self.streams.moves / max(seconds - constructed_s, 1e-9)),
            "streams": len(self.streams.states),
            "workers": self.workers,
            "constructed_s": round(constructed_s, 3),
            "selections": self._selections,
            "selections_better": self._helped,
            "stretches": self._stretches,
        }
        return Answer(self.streams.routes(), stopped_by, facts=facts, met=self.streams.met)

    def _construct(self) -> None:
        """Insert everything once; a few hundredths of a second, so the first plan never waits for a deadline."""
        order = self.streams.order()
        for begin in range(0, len(order), AT_ONCE):
            if begin and self.task.halt():
                break
            self.streams.construct(order, begin, min(begin + AT_ONCE, len(order)))
            self._tell()

    def _by_moves(self, threads: Executor | None) -> str:
        """Make a given number of moves; where slices end changes nothing."""
        count = len(self.streams.states)
        total = self.task.iterations or 0
        plan = schedule(total, len(self.task.program.jobs), self.streams.left_out)
        share = [total // count + (k < total % count) for k in range(count)]
        rounds, lag = plan.rounds, LAG * plan.first // ROUNDS
        for turn in range(rounds):
            self._staff(plan, turn)
            heat = self.streams.heat(plan.heat(turn / rounds))
            left = [whole * (turn + 1) // rounds - whole * turn // rounds for whole in share]
            while any(left):
                if self.task.halt():
                    return "deadline"
                now = [min(moves, self._slice()) for moves in left]
                self._moves(now, heat, threads)
                left = [a - b for a, b in zip(left, now, strict=True)]
            if turn in plan.meetings:
                self.streams.meet()
            if turn - lag in plan.selections:
                self._adopt()
            if turn in plan.selections:
                self._select(self.task.halt, plan.effort)
        return "iterations"

    def _by_time(self, threads: Executor | None) -> str:
        """Make moves until the deadline or the stop flag."""
        begin, left = time.monotonic(), self.task.halt.left_s
        limit = begin + left
        plan, ahead, asked = None, list[int](), list[int]()
        while not self.task.halt():
            now = time.monotonic()
            passed = min(1.0, (now - begin) / max(1e-9, limit - begin))
            if plan is None and passed >= SETTLED:
                plan = schedule(self.streams.moves / passed, len(self.task.program.jobs), self.streams.left_out)
                ahead, asked = list(plan.meetings), list(plan.selections) if left >= WORTHWHILE_S else []
            if self._aside and self._aside.ready:
                self._adopt()
            turn = passed * (plan or ONCE).rounds
            if ahead and turn >= ahead[0]:
                self.streams.meet()
                ahead.pop(0)
            self._staff(plan or ONCE, turn)
            if asked and turn > asked[0] and self._aside is None:
                asked.pop(0)
                if LAST_S < limit - now < float("inf"):
                    halt = Halt(min(SHARE * left, limit - now - LAST_S), self.task.halt.flag)
                    self._select(halt, (plan or ONCE).effort)
            moves = max(1, int(min(self._slice(), self._rate * (limit - now))))
            self._moves([moves] * len(self.streams.states), self.streams.heat((plan or ONCE).heat(passed)), threads)
        return "deadline"

    def _staff(self, plan: Schedule, turn: float) -> None:
        """Do without a few shifts in the stretch that has begun, and with all again in the last part of it."""
        begun, over = bisect_right(plan.without, turn), bisect_right(plan.again, turn)
        if begun > self._stretches:
            self._stretches = begun
            self.streams.do_without()
        if over == begun:
            self.streams.have_again()

    def _select(self, halt: Halt, effort: float) -> None:
        """Begin to choose among the routes met so far; with one worker, that happens in `_adopt`."""
        if self.streams.moves < MOVES_A_JOB * len(self.task.program.jobs):
            return
        routes = self.streams.candidates()
        self._aside = Aside(self.streams.model, routes, self.streams.price, halt, effort, at_once=self.workers > 1)
        self._selections += 1
        if self.task.iterations is None and self.workers == 1:
            self._adopt()

    def _adopt(self) -> None:
        """Let a stream go on from what was chosen."""
        if self._aside is None:
            return
        chosen, self._aside = self._aside.result(), None
        if chosen is not None and self.streams.adopt(chosen):
            self._helped += 1
            self._tell()

    def _slice(self) -> int:
        return max(1, int(self._rate * SLICE_S))

    def _moves(self, moves: list[int], heat: int, threads: Executor | None) -> None:
        began = time.monotonic()
        self.streams.run(moves, heat, threads)
        took = max(1e-6, time.monotonic() - began)
        self._rate = max(20.0, min(2 * self._rate, max(moves) / took))
        self._tell()

    def _tell(self) -> None:
        """Report a better plan."""
        value = self.streams.value
        if self.task.on_progress and value < self._told:
            self._told = value
            self.task.on_progress(Progress("search", time.monotonic() - self.began, *value))
