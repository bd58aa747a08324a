"""The OR-Tools routing library behind the verbs: a second opinion beside the solvers of our own.

What it can't be told to the letter is declared in `Routing.holds`:

rest
    This library lets a break interrupt a drive; the clock does not. A day that then has no room for its
    rest is mended by the plan's repair.
due
    Of two due moments on one order, the model sees the dearer one.

Known of the wheel 9.15: it holds Python's lock while it searches, so signals are only seen where it asks
whether to stop; it has no seed and draws nothing at random; within a short limit it may find nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2, routing_parameters_pb2
from ortools.util import optional_boolean_pb2  # type: ignore[import-untyped]

from fieldops.errors import FieldopsError
from fieldops.routing.program import VERBS
from fieldops.routing.solvers.routing_model import Model
from fieldops.routing.solvers.solver import Answer, Halt, Held, Progress, Task, value
from fieldops.units import DAY

# To find the times of one candidate. Cut short, the candidate is lost: far out that is time saved, but the routes
# to begin from need all of it in a large model. So each is tried in turn until those routes are taken.
SCHEDULING_MS = (50, 500, 5_000)
UNCUT_MS = 60_000  # with iterations: results must not hang on the machine's speed
# Chosen by measurement: swaps with orders left out; no neighbourhoods that outrun the deadline.
ON = ("use_relocate_and_make_active", "use_exchange_and_make_active", "use_extended_swap_active")
OFF = (
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
    "use_relocate_path_global_cheapest_insertion_insert_unperformed",
    "use_global_cheapest_insertion_visit_types_lns",
    "use_local_cheapest_insertion_visit_types_lns",
    "use_lin_kernighan",
)
ASKED = 1_000  # times that the library asks whether to stop (some milliseconds): one iteration
MOST_JOBS = 1_500  # above, the library finds nothing in good time and doesn't stop in good time either
LONGEST_S = DAY
NO_SOLUTION = "CP Solver fail"  # what the wheel raises when a model contradicts itself


class Routing:
    """Guided local search over the library's own moves, begun from the task's routes.

    See Voudouris and Tsang (1999), "Guided local search and its application to the traveling salesman
    problem", European Journal of Operational Research 113(2), 469-499.
    """

    name = "routing"
    holds: Mapping[str, Held] = MappingProxyType(
        {
            **dict.fromkeys(VERBS, "exact"),
            **dict.fromkeys(("rest", "due"), "relaxed"),
            **dict.fromkeys(("need", "carry", "pool", "load", "restock"), "cannot"),
        }
    )

    def solve(self, task: Task) -> Answer:
        """Return the best routes found; those of `task.start`, with a note, where none were.

        Raises
        ------
        FieldopsError
            When the library refuses the model.
        """
        watch = Watch(task.halt, task.iterations)
        if not task.program.jobs or not task.program.shifts or watch():
            return Answer(task.start, watch.stopped_by)
        if len(task.program.jobs) > MOST_JOBS:
            words = f"solver routing was not asked: it can't do {len(task.program.jobs)} orders in good time"
            return Answer(task.start, "end", (words,))
        try:
            model = Model(task)
            solution = _search(model, task, watch)
        except Exception as error:
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise error.__cause__ from None
            if NO_SOLUTION in str(error):
                return Answer(task.start, "end", ("solver routing: its model of this problem has no solution",))
            raise FieldopsError(f"OR-Tools refuses this problem: {error}; use solver='insertion'") from error
        if watch.raised is not None:
            raise watch.raised
        facts = {"iterations": watch.asked // ASKED, "branches": int(model.routing.solver().Branches())}
        if solution is None:
            notes = (*model.notes, "solver routing found no plan in its time")
            return Answer(task.start, watch.stopped_by, notes, facts)
        found = [task.clock.with_stops(shift, jobs)[0] for shift, jobs in enumerate(model.routes(solution))]
        routes = min(found, task.start, key=lambda routes: value(task.clock, routes))
        return Answer(routes, watch.stopped_by, tuple(model.notes), facts)


class Watch:
    """What the library asks between moves: whether to stop.

    Its questions are also what iterations count: the library's own limit of solutions bounds nothing, since a
    search may go on and find none. An error raised in its hands (Ctrl-C lands here) would be lost, so it is kept.
    """

    def __init__(self, halt: Halt, iterations: int | None) -> None:
        self.halt = halt
        self.asked = 0
        self.raised: BaseException | None = None
        self._most = float("inf") if iterations is None else iterations * ASKED

    def __call__(self) -> bool:
        """Return whether to stop now."""
        try:
            self.asked += 1
            return self.raised is not None or self.asked > self._most or self.halt()
        except BaseException as error:
            # a signal that struck between the library and `try` shows here as a SystemError caused by it
            self.raised = (isinstance(error, SystemError) and error.__cause__) or error
            return True

    @property
    def stopped_by(self) -> str:
        """What ended the search."""
        if self.halt.flag.is_set():
            return "signal"
        if self.asked > self._most:
            return "iterations"
        return "deadline" if self.halt() else "end"


def _search(model: Model, task: Task, watch: Watch) -> Any | None:
    routing = model.routing
    routing.AddSearchMonitor(routing.solver().CustomLimit(watch))
    if task.on_progress:
        routing.AddAtSolutionCallback(_teller(model, task))
    cuts = SCHEDULING_MS if task.iterations is None else (UNCUT_MS,)
    routing.CloseModelWithParameters(_parameters(task, cuts[0]))
    # RoutesToAssignment instead of ReadAssignmentFromRoutes, which may search until the limit
    hint = model.hint(task.start)
    for cut in cuts if hint is not None else ():
        solution = routing.SolveFromAssignmentWithParameters(hint, _parameters(task, cut))
        if solution is not None or watch():
            return solution
    return routing.SolveWithParameters(_parameters(task, cuts[-1]))


def _parameters(task: Task, cut: int) -> routing_parameters_pb2.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.use_multi_armed_bandit_concatenate_operators = True
    for names, value_of in ((ON, optional_boolean_pb2.BOOL_TRUE), (OFF, optional_boolean_pb2.BOOL_FALSE)):
        for name in names:
            setattr(parameters.local_search_operators, name, value_of)
    parameters.disable_scheduling_beware_this_may_degrade_performance = True  # the clock times what is found
    parameters.lns_time_limit.FromMilliseconds(cut)
    # a limit of its own in any case: without one the library writes a warning to the terminal
    parameters.time_limit.FromMilliseconds(int(min(task.halt.left_s, LONGEST_S) * 1000) + 1)
    return parameters


def _teller(model: Model, task: Task) -> Any:
    """Return a callback that reports each better solution, as the model counts worth and money."""
    began, best = time.monotonic(), [float("inf")]

    def tell() -> None:
        cost = model.routing.CostVar().Value()
        if cost < best[0] and task.on_progress:
            best[0] = cost
            worth, money = model.read_cost(cost)
            task.on_progress(Progress(Routing.name, time.monotonic() - began, worth, money))

    return tell
