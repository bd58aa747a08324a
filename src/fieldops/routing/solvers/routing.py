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
from fieldops.routing.solvers.solver import Answer, Halt, Held, Progress, Task

SCHEDULING_MS = 100  # for the times of one candidate; where it is cut short the candidate is lost
ACTIVE = ("use_relocate_and_make_active", "use_exchange_and_make_active", "use_extended_swap_active")
NO_SOLUTION = "CP Solver fail"  # what the wheel raises when a model contradicts itself


class Routing:
    """Guided local search over the library's own moves, begun from the task's routes.

    See Voudouris and Tsang (1999), "Guided local search and its application to the traveling salesman
    problem", European Journal of Operational Research 113(2), 469-499.
    """

    name = "routing"
    holds: Mapping[str, Held] = MappingProxyType({**dict.fromkeys(VERBS, "exact"), "rest": "relaxed", "due": "relaxed"})

    def solve(self, task: Task) -> Answer:
        """Return the best routes found; those of `task.start`, with a note, where none were.

        Raises
        ------
        FieldopsError
            When the library refuses the model.
        """
        if not task.program.jobs or not task.program.shifts or task.halt():
            return Answer(task.start, "deadline" if task.halt() else "end")
        watch = Watch(task.halt)
        try:
            model = Model(task)
            solution = _search(model, task, watch)
        except Exception as error:
            if NO_SOLUTION in str(error):
                return Answer(task.start, "end", ("solver routing: its model of this problem has no solution",))
            raise FieldopsError(f"OR-Tools refuses this problem: {error}; use solver='insertion'") from error
        if watch.raised is not None:
            raise watch.raised
        stopped_by = _stopped_by(task)
        facts = {"scale": model.scale, "branches": int(model.routing.solver().Branches())}
        if solution is None:
            return Answer(task.start, stopped_by, (*model.notes, "solver routing found no plan in its time"), facts)
        routes = [task.clock.with_rests(shift, jobs)[0] for shift, jobs in enumerate(model.routes(solution))]
        return Answer(routes, stopped_by, tuple(model.notes), facts)


class Watch:
    """What the library asks between moves: whether to stop.

    An error raised in its hands (Ctrl-C lands here) would be lost, so it is kept.
    """

    def __init__(self, halt: Halt) -> None:
        self.halt = halt
        self.raised: BaseException | None = None

    def __call__(self) -> bool:
        """Return whether to stop now."""
        try:
            return self.raised is not None or self.halt()
        except BaseException as error:
            self.raised = error
            return True


def _search(model: Model, task: Task, watch: Watch) -> Any | None:
    routing = model.routing
    routing.AddSearchMonitor(routing.solver().CustomLimit(watch))
    if task.on_progress:
        routing.AddAtSolutionCallback(_teller(model, task))
    parameters = _parameters(task)
    routing.CloseModelWithParameters(parameters)
    solution = None
    hint = model.hint(task.start)
    if hint is not None:
        solution = routing.SolveFromAssignmentWithParameters(hint, parameters)
    if solution is None and not watch():
        solution = routing.SolveWithParameters(_parameters(task))
    return solution


def _parameters(task: Task) -> routing_parameters_pb2.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.use_multi_armed_bandit_concatenate_operators = True
    for name in ACTIVE:
        setattr(parameters.local_search_operators, name, optional_boolean_pb2.BOOL_TRUE)
    parameters.disable_scheduling_beware_this_may_degrade_performance = True  # the clock times what is found
    parameters.lns_time_limit.FromMilliseconds(SCHEDULING_MS)
    if task.halt.left_s < float("inf"):
        parameters.time_limit.FromMilliseconds(max(1, int(task.halt.left_s * 1000)))
    if task.iterations is not None:
        parameters.solution_limit = max(1, task.iterations)
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


def _stopped_by(task: Task) -> str:
    if task.halt.flag.is_set():
        return "signal"
    if task.halt():
        return "deadline"
    return "end" if task.iterations is None else "iterations"
