"""A program as a model of the OR-Tools routing library, and its routes back as tokens.

Times count from the earliest moment of the program. Money is divided by `scale`, so that leaving out the
least worth outweighs every cost and yet no sum overflows 64 bits; the clock counts the real money again.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp

from fieldops.routing.program import NEVER, NOBODY, ON_END, ON_START
from fieldops.routing.solvers.solver import Routes, Task
from fieldops.routing.travel import UNREACHABLE

LARGEST = 2**60  # of all penalties and costs together; the library adds a few such sums
LARGEST_PRICES = 20_000_000  # arcs with a price of their own, 8 bytes each
UNBOUNDED = NEVER // 2

Matrix = NDArray[np.int64]


class Model:
    """The routing model of a task.

    Parameters
    ----------
    task
        What is to be solved.

    Attributes
    ----------
    routing, manager
        The library's own objects.
    jobs
        Jobs in the model, by node: those that some shift may do at some time.
    scale
        Money in one unit of the model's cost.
    notes
        What is approximated, in words.
    """

    def __init__(self, task: Task) -> None:
        self.program, self.clock, self.kept = task.program, task.clock, task.kept
        program = self.program
        self.offset = self._earliest()
        self.notes: list[str] = []
        self.reach = self._reach()
        self.jobs = np.flatnonzero(self.reach.any(axis=1)).tolist()
        self._node = {job: node for node, job in enumerate(self.jobs)}
        depots = sorted({*program.origin.tolist(), *program.destination.tolist()})
        self._depot = {place: len(self.jobs) + i for i, place in enumerate(depots)}
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.jobs) + len(depots),
            len(program.shifts),
            [self._depot[place] for place in program.origin.tolist()],
            [self._depot[place] for place in program.destination.tolist()],
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.service = np.concatenate([program.service[self.jobs], np.zeros(len(depots), np.int64)])
        ways = self._ways([*program.job_place[self.jobs].tolist(), *depots])
        self.ends = np.minimum(program.end + program.overtime_max - self.offset, self._horizon(ways[0]))
        self.longest = max(0, *self.ends.tolist())
        far = ways[0] > self.longest  # fits no day: kept just longer than one, so that sums stay small
        self.drive, self.metres = np.where(far, self.longest + 1, ways[0]), np.where(far, 0, ways[1])
        for way in (self.drive, self.metres):
            way[len(self.jobs) :, len(self.jobs) :] = 0  # from origin to destination: a shift that stays at home
        self.charged = self._charges()
        self.scale, self.forfeit = self._scale()
        self._add_time()
        self._add_who()
        self._add_costs()
        self._add_limits()
        self._add_rests()

    # ---- figures

    def _earliest(self) -> int:
        """Return the moment from which the model counts: nothing happens before it."""
        rests = [rest[1] for rests in self.program.rests for rest in rests if rest[1] > -UNBOUNDED]
        return min([*self.program.start.tolist(), *rests])

    def _ways(self, places: list[int]) -> tuple[Matrix, Matrix]:
        """Return ticks and metres between the places of all nodes."""
        travel = self.program.problem.travel
        pairs = np.ix_(places, places)
        seconds, metres = getattr(travel, "seconds", None), getattr(travel, "metres", None)
        if seconds is not None and metres is not None:
            return seconds[pairs].astype(np.int64), metres[pairs].astype(np.int64)
        legs = np.array([[self.clock.leg(a, b) for b in places] for a in places], np.int64)
        return legs[..., 0], legs[..., 1]

    def _horizon(self, drive: Matrix) -> int:
        """Return a moment by which every day worth living is over: no rule need say when shifts end."""
        program = self.program
        opens = [windows[-1][0] for windows in program.windows if windows]
        rests = [rest for rests in program.rests for rest in rests]
        given = [self.clock.walk(shift, tokens).back for shift, tokens in self.kept.items()]
        last = max([*program.start.tolist(), *opens, *(rest[1] for rest in rests), *given])
        slowest = drive[drive < UNREACHABLE].max(initial=0)
        busy = self.service.sum() + (len(self.service) + 1) * slowest + sum(rest[0] for rest in rests)
        return last - self.offset + int(busy)

    def _reach(self) -> NDArray[np.bool_]:
        """Return which shift may do which job: allowed, and within some window at a moment of the shift."""
        program = self.program
        reach = program.allowed.copy()
        begins, over = program.start, program.end + program.overtime_max
        for job, windows in enumerate(program.windows):
            if windows == [(-NEVER, NEVER)]:
                continue
            reach[job] &= np.any([(begins <= closes) & (over >= opens) for opens, closes in windows], axis=0)
        reach[program.pinned != NOBODY] |= program.allowed[program.pinned != NOBODY]
        return reach

    def _charges(self) -> Matrix:
        """Return Money by node and shift: what the job costs there, and lateness that is certain already."""
        program = self.program
        charged = program.charged[self.jobs].copy()
        for on in (ON_START, ON_END):
            due = program.due_at[self.jobs, on] - (program.service[self.jobs] if on == ON_END else 0)
            charged += (np.maximum(0, self.offset - due) * program.due_rate[self.jobs, on])[:, None]
        return charged

    def _scale(self) -> tuple[int, int]:
        """Return the scale of money, and the penalty for a unit of worth, above the cost of every plan."""
        program, longest = self.program, self.longest
        legs = len(self.jobs) + len(program.shifts)
        farthest = [int(ways.max(initial=0)) for ways in (self.drive, self.metres)]
        rates = np.maximum(program.pay_rate, program.overtime_rate)
        most = int(program.fixed.sum()) + int(self.charged.max(axis=1, initial=0).sum())
        most += sum(rate * longest for rate in rates.tolist())
        most += legs * farthest[0] * int(program.drive_rate.max(initial=0))
        most += legs * farthest[1] * int(program.metre_rate.max(initial=0))
        most += sum(int(rate) * longest for rate in program.due_rate[self.jobs].ravel())
        units = int(program.worth.sum()) // self._unit_of_worth + 1
        scale = max(1, -(-most * units // LARGEST))
        return scale, most // scale + 1

    @property
    def _unit_of_worth(self) -> int:
        return int(np.gcd.reduce(self.program.worth)) or 1

    def money(self, amount: int) -> int:
        """Return Money in the model's units, rounded down: no sum of rounded prices outweighs a unit of worth."""
        return amount // self.scale

    def read_cost(self, cost: int) -> tuple[int, int]:
        """Return worth left out and Money of a cost of the model; what rounding lost stays lost."""
        left, money = divmod(cost, self.forfeit)
        everywhere_left = self.program.worth.sum() - self.program.worth[self.jobs].sum()
        return left * self._unit_of_worth + int(everywhere_left), money * self.scale

    def index(self, job: int) -> int:
        """Return the library's index of a job."""
        return int(self.manager.NodeToIndex(self._node[job]))

    # ---- the model

    def _matrix(self, values: Matrix) -> int:
        return int(self.routing.RegisterTransitMatrix(values.tolist()))

    def _add_time(self) -> None:
        program, routing = self.program, self.routing
        transit = self._matrix(self.service[:, None] + self.drive)
        limits = np.maximum(self.ends, 0).tolist()
        routing.AddDimensionWithVehicleCapacity(transit, self.longest, limits, False, "time")
        self.time = routing.GetDimensionOrDie("time")
        for shift in range(len(program.shifts)):
            if program.duration_max[shift] < NEVER:
                self.time.SetSpanUpperBoundForVehicle(int(program.duration_max[shift]), shift)
            leaves = self.time.CumulVar(routing.Start(shift))
            begin = int(program.start[shift]) - self.offset
            if program.first[shift] != NOBODY:
                leaves.SetValue(begin)
            else:
                leaves.SetMin(begin)
        for job in self.jobs:
            self._open(job)
            self._add_due(job)

    def _open(self, job: int) -> None:
        windows = [(a - self.offset, b - self.offset) for a, b in self.program.windows[job] if b >= self.offset]
        begins = self.time.CumulVar(self.index(job))
        begins.SetRange(max(0, windows[0][0]), windows[-1][1])
        for (_, closes), (opens, _) in pairwise(windows):
            if opens > closes + 1:
                begins.RemoveInterval(closes + 1, opens - 1)

    def _add_due(self, job: int) -> None:
        """Charge lateness from the due moment on; of two, the model sees the one that costs more at most."""
        program, bounds = self.program, []
        for on, lead in ((ON_START, 0), (ON_END, int(program.service[job]))):
            moment, rate = max(0, int(program.due_at[job, on]) - lead - self.offset), int(program.due_rate[job, on])
            if rate and moment < self.longest:
                bounds.append(((self.longest - moment) * rate, moment, rate))
        if bounds:
            _, moment, rate = max(bounds)
            self.time.SetCumulVarSoftUpperBound(self.index(job), moment, self.money(rate))

    def _add_who(self) -> None:
        program, routing = self.program, self.routing
        unit = self._unit_of_worth
        for job in self.jobs:
            index = self.index(job)
            able = np.flatnonzero(self.reach[job]).tolist()
            # SetAllowedVehiclesForIndex raises TypeError in this wheel, and takes an empty list for everybody
            if program.pinned[job] != NOBODY:
                routing.VehicleVar(index).SetValues(able)
                continue
            routing.VehicleVar(index).SetValues([-1, *able])
            routing.AddDisjunction([index], int(program.worth[job]) // unit * self.forfeit)
        for shift, job in enumerate(program.first.tolist()):
            if job != NOBODY:
                routing.NextVar(routing.Start(shift)).SetValue(self.index(job))

    def _add_costs(self) -> None:
        program, routing = self.program, self.routing
        columns = self._priced_charges()
        prices: dict[tuple[int, int, bytes], int] = {}
        for shift in range(len(program.shifts)):
            rates, charged = (int(program.drive_rate[shift]), int(program.metre_rate[shift])), columns[:, shift]
            price = *rates, charged.tobytes()
            if price not in prices:
                cost = self.drive * rates[0] + self.metres * rates[1]
                cost[:, : len(self.jobs)] += charged[None, :]
                prices[price] = self._matrix(cost // self.scale)
            routing.SetArcCostEvaluatorOfVehicle(prices[price], shift)
            routing.SetFixedCostOfVehicle(self.money(int(program.fixed[shift])), shift)
            pay, over = int(program.pay_rate[shift]), int(program.overtime_rate[shift])
            if pay:
                self.time.SetSpanCostCoefficientForVehicle(self.money(pay), shift)
            until = int(program.end[shift]) - self.offset
            if over < pay and self.ends[shift] > until:
                self.notes.append(f"overtime of {program.shifts[shift].id} is planned at its regular price")
            elif over > pay and self.ends[shift] > until:
                self.time.SetCumulVarSoftUpperBound(routing.End(shift), until, self.money(over - pay))

    def _priced_charges(self) -> Matrix:
        """Return charges by node and shift, or none where a matrix of arcs for each shift would fill the memory.

        A dimension of unary transits would be smaller, but this wheel then refuses sound routes.
        """
        kinds = len(np.unique(self.charged, axis=1).T)
        if kinds * len(self.service) ** 2 <= LARGEST_PRICES:
            return self.charged
        self.notes.append("solver routing doesn't see what an order costs on one shift more than on another: too many")
        return np.zeros_like(self.charged)

    def _add_limits(self) -> None:
        program, routing = self.program, self.routing
        for name, way, limits in (
            ("drive_s", self.drive, program.drive_max_s),
            ("drive_m", self.metres, program.drive_max_m),
        ):
            if (limits < NEVER).any():
                caps = np.minimum(limits, UNBOUNDED).tolist()
                routing.AddDimensionWithVehicleCapacity(self._matrix(way), 0, caps, True, name)

    def _add_rests(self) -> None:
        """Add rests as breaks between the end of a service and the drive on, or at home before or after the day."""
        program, solver = self.program, self.routing.solver()
        if not any(program.rests):
            return
        # by the library's own index, which counts starts and ends of shifts too
        visits = [0] * self.routing.Size()
        for job in self.jobs:
            visits[self.index(job)] = int(program.service[job])
        for shift, rests in enumerate(program.rests):
            breaks = [
                solver.FixedDurationIntervalVar(
                    earliest - self.offset, latest - self.offset, duration, False, f"rest {shift} {k}"
                )
                for k, (duration, earliest, latest, _) in enumerate(rests)
                if earliest > -UNBOUNDED
            ]
            if breaks:
                self.time.SetBreakIntervalsOfVehicle(breaks, shift, visits)

    # ---- routes in, routes out

    def hint(self, routes: Iterable[Iterable[int]]) -> Any | None:
        """Return routes as an assignment to begin from; the model must be closed. None if it can't be one."""
        paths = [[self.index(token) for token in route if token in self._node] for route in routes]
        assignment = self.routing.solver().Assignment()
        return assignment if self.routing.RoutesToAssignment(paths, True, True, assignment) else None

    def routes(self, solution: Any) -> Routes:
        """Return the jobs of each shift in a solution, in order."""
        routing, routes = self.routing, []
        for shift in range(len(self.program.shifts)):
            route, index = [], solution.Value(routing.NextVar(routing.Start(shift)))
            while not routing.IsEnd(index):
                route.append(self.jobs[self.manager.IndexToNode(index)])
                index = solution.Value(routing.NextVar(index))
            routes.append(route)
        return routes
