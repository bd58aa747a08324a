"""Time, defined once: a sequence of tokens on a shift becomes a day.

The rules of the clock
----------------------
1. The day leaves its origin at the start of the shift. A drive starts as soon as the stop before is over.
2. Service begins at the first moment at or after arrival that lies in one of the job's windows; where
   none is left, at once (and the day is broken there).
3. A rest is taken where the stop before ended, at its earliest start or as soon as that stop is over. A
   restock stop begins on arrival.
4. Then departure is delayed by as much as removes waiting, as long as the day ends no later, no start
   leaves its window, no rest begins too late and nothing becomes late or later. If the whole shift is
   paid, delay buys nothing, so only the wait before the first stop is removed and no visit moves.
5. A rest that a day needs but does not hold may be taken at home: before leaving, or after being back.

Kernels repeat these rules; a test holds them equal to this file. The delay of rule 4 is the forward time
slack of Savelsbergh (1992), "The vehicle routing problem with time windows: minimizing route duration",
ORSA Journal on Computing 4(2), 146-154.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fieldops.routing.domain import Day, Stop
from fieldops.routing.program import NEVER, NOBODY, ON_END, ON_START, Program
from fieldops.routing.travel import UNREACHABLE
from fieldops.units import Metres, Money, Seconds

Tokens = Sequence[int]


@dataclass(frozen=True, slots=True)
class Walk:
    """One timed sequence: `starts`, `ends`, `arrivals` a token; what it breaks and what it costs.

    `breach` is 0 for a sound day, else the sum of ticks by which limits are exceeded, with a second for each metre and
    whole days for breaches that have no size (a forbidden pair). Comparable, never shown to people.
    `lacking` is the part of it that tools and parts which aren't there account for.
    """

    depart: Seconds
    back: Seconds
    arrivals: tuple[Seconds, ...]
    starts: tuple[Seconds, ...]
    ends: tuple[Seconds, ...]
    drives: tuple[tuple[Seconds, Metres], ...]
    breach: int
    cost: Money
    lacking: int = 0


class Clock:
    """Times sequences on the shifts of a settled program.

    It reads the program as it stands when the clock is made.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._jobs = len(program.jobs)
        self._rests = self._jobs + len(program.depots)
        self._place: list[int] = program.job_place.tolist()
        self._service: list[int] = program.service.tolist()
        self._due_at: list[list[int]] = program.due_at.tolist()
        self._due_rate: list[list[int]] = program.due_rate.tolist()
        self._second = program.problem.ticks_per_second
        self._size_less = 86_400 * self._second
        self._leg = program.problem.travel.leg
        self._known: dict[tuple[int, int], tuple[Seconds, Metres]] = {}

    # ---- the one way to travel

    def leg(self, origin: int, destination: int) -> tuple[Seconds, Metres]:
        """Return ticks and metres between two places (remembered: scalar look-ups in arrays are slow)."""
        key = (origin, destination)
        if key not in self._known:
            self._known[key] = self._leg(origin, destination)
        return self._known[key]

    # ---- forward in time

    def _forward(
        self, shift: int, tokens: Tokens, depart: Seconds
    ) -> tuple[list[Seconds], list[Seconds], list[Seconds], list[tuple[Seconds, Metres]], Seconds, list[Seconds]]:
        """Rules 1 to 3: arrivals, starts, ends, drives, moment of return, latest sound starts."""
        program, now, place = self.program, depart, int(self.program.origin[shift])
        arrivals, starts, ends, drives, latest = [], [], [], [], []
        for token in tokens:
            if token >= self._rests:
                duration, earliest, last, _ = program.rests[shift][token - self._rests]
                drive, arrive = (0, 0), now
                start = max(now, earliest)
            elif token >= self._jobs:
                there = int(program.depot_place[token - self._jobs])
                drive, place = self.leg(place, there), there
                start = arrive = now + drive[0]
                duration, last = int(program.depot_service[token - self._jobs]), NEVER
            else:
                drive = self.leg(place, self._place[token])
                place = self._place[token]
                arrive = now + drive[0]
                start, last = self._start(token, arrive)
                duration = self._service[token]
            now = start + duration
            arrivals.append(arrive)
            starts.append(start)
            ends.append(now)
            drives.append(drive)
            latest.append(last)
        home = self.leg(place, int(program.destination[shift]))
        drives.append(home)
        return arrivals, starts, ends, drives, now + home[0], latest

    def _start(self, job: int, arrive: Seconds) -> tuple[Seconds, Seconds]:
        """Return the start of service for an arrival and the end of the window it falls in."""
        last = -NEVER
        for opens, closes in self.program.windows[job]:
            last = closes
            if arrive <= closes:
                return max(arrive, opens), closes
        return arrive, last

    def _delay(self, shift: int, tokens: Tokens, run: tuple[list[Seconds], ...], latest: list[Seconds]) -> Seconds:
        """Rule 4: by how much the departure may be delayed."""
        arrivals, starts, ends = run
        held = bool(self.program.pay_shift[shift])
        waited, delay = 0, NEVER
        for i, token in enumerate(tokens):
            waited += starts[i] - arrivals[i]
            slack = 0 if held else max(0, latest[i] - starts[i])
            if token < self._jobs and slack:
                for on, moment in ((ON_START, starts[i]), (ON_END, ends[i])):
                    if self._due_rate[token][on]:
                        slack = min(slack, max(0, self._due_at[token][on] - moment))
            delay = min(delay, waited + slack)
        return max(0, min(delay, waited))

    def walk(self, shift: int, tokens: Tokens) -> Walk:
        """Time `tokens` on `shift`: all five rules, with breach and cost."""
        program = self.program
        depart = int(program.start[shift])
        started = bool(tokens) and tokens[0] == program.first[shift] != NOBODY
        arrivals, starts, ends, drives, back, latest = self._forward(shift, tokens, depart)
        delay = 0 if started else self._delay(shift, tokens, (arrivals, starts, ends), latest)
        if delay:
            depart += delay
            arrivals, starts, ends, drives, back, latest = self._forward(shift, tokens, depart)
        breach = self._breach(shift, tokens, depart, back, starts, latest, drives)
        lacking = self._lacking(shift, tokens)
        cost = self._cost(shift, tokens, depart, back, starts, ends, drives)
        return Walk(
            depart, back, tuple(arrivals), tuple(starts), tuple(ends), tuple(drives), breach + lacking, cost, lacking
        )

    # ---- what a walk breaks, what it costs

    def _breach(
        self,
        shift: int,
        tokens: Tokens,
        depart: Seconds,
        back: Seconds,
        starts: list[Seconds],
        latest: list[Seconds],
        drives: list[tuple[Seconds, Metres]],
    ) -> int:
        program = self.program
        if not tokens:
            return 0  # a shift that is not used goes nowhere
        size_less = self._size_less
        breach = 0
        for i, token in enumerate(tokens):
            breach += max(0, min(starts[i] - latest[i], size_less))
            if token < self._jobs and not program.allowed[token, shift]:
                breach += size_less
        first = int(program.first[shift])
        if first != NOBODY and tokens[0] != first:
            breach += size_less
        for k, (duration, earliest, _, home_by) in enumerate(program.rests[shift]):
            at_home = depart >= earliest + duration or back <= home_by
            if self._rests + k not in tokens and not at_home:
                breach += duration
        breach += max(0, back - int(program.end[shift]) - int(program.overtime_max[shift]))
        driven = sum(d[0] for d in drives)
        if driven >= UNREACHABLE:  # hours that kept work without a way is conceded would hold other orders without one
            breach += size_less * (self.no_way(tokens, drives) - program.no_way[shift]).total()
        breach += max(0, driven - int(program.drive_max_s[shift]))
        breach += max(0, sum(d[1] for d in drives) - int(program.drive_max_m[shift])) * self._second
        breach += max(0, back - depart - int(program.duration_max[shift]))
        return breach

    def no_way(self, tokens: Tokens, drives: Sequence[tuple[Seconds, Metres]]) -> Counter[int]:
        """Count the drives that have no way by the order they lead to; those to depots and home together, under -1."""
        goals = (*(token if token < self._jobs else NOBODY for token in tokens), NOBODY)
        return Counter(goal for goal, drive in zip(goals, drives, strict=True) if drive[0] >= UNREACHABLE)

    def _lacking(self, shift: int, tokens: Tokens) -> int:
        """Return the breach by tools and parts that aren't there, and by restock stops that may not be made."""
        if not self.program.stock.kinds and not self.program.depots:
            return 0
        stock = self.program.stock
        account = stock.account(shift, tokens)
        depots = [token - self._jobs for token in tokens if self._jobs <= token < self._rests]
        strange = sum(not stock.restocks[shift, depot] for depot in depots) + max(0, len(depots) - 1)
        return (sum(pieces for _, _, pieces in account.lacking) + strange) * self._size_less

    def _cost(
        self,
        shift: int,
        tokens: Tokens,
        depart: Seconds,
        back: Seconds,
        starts: list[Seconds],
        ends: list[Seconds],
        drives: list[tuple[Seconds, Metres]],
    ) -> Money:
        program = self.program
        if not tokens:
            return 0
        end = int(program.end[shift])
        cost = int(program.fixed[shift]) + max(0, min(back, end) - depart) * int(program.pay_rate[shift])
        cost += max(0, back - end) * int(program.overtime_rate[shift])
        cost += sum(d[0] for d in drives) * int(program.drive_rate[shift])
        cost += sum(d[1] for d in drives) * int(program.metre_rate[shift])
        for i, token in enumerate(tokens):
            if token < self._jobs:
                cost += int(program.charged[token, shift])
                due_at, due_rate = self._due_at[token], self._due_rate[token]
                cost += max(0, starts[i] - due_at[ON_START]) * due_rate[ON_START]
                cost += max(0, ends[i] - due_at[ON_END]) * due_rate[ON_END]
        return cost

    # ---- from tokens to the nouns, and back

    def day(self, shift: int, tokens: Tokens) -> Day:
        """Return `tokens` on `shift` as a day with places, drives and moments."""
        program, walk = self.program, self.walk(shift, tokens)
        places = program.problem.travel.places
        place, stops = places[int(program.origin[shift])], []
        for i, token in enumerate(tokens):
            kind, name = "rest", f"rest {token - self._rests + 1}"
            if token < self._jobs:
                kind, name, place = "job", program.jobs[token].id, places[self._place[token]]
            elif token < self._rests:
                depot = program.depots[token - self._jobs]
                kind, name, place = "restock", depot.id, depot.place
            drive_s, drive_m = walk.drives[i]
            stops.append(Stop(kind, name, place, drive_s, drive_m, walk.arrivals[i], walk.starts[i], walk.ends[i]))
        return Day(
            program.shifts[shift].id,
            places[int(program.origin[shift])],
            places[int(program.destination[shift])],
            walk.depart,
            tuple(stops),
            *walk.drives[-1],
            walk.back,
        )

    def tokens(self, day: Day) -> tuple[int, list[int]]:
        """Return the shift and the tokens of a day (its stated times are dropped)."""
        program, tokens = self.program, []
        for stop in day.stops:
            if stop.kind == "job":
                tokens.append(program.job_index[stop.id])
            elif stop.kind == "restock":
                tokens.append(self._jobs + program.depot_index[stop.id])
            else:
                tokens.append(self._rests + int(stop.id.rpartition(" ")[2]) - 1)
        return program.shift_index[day.shift], tokens

    def with_stops(self, shift: int, jobs: Tokens) -> tuple[list[int], Walk]:
        """Put a restock stop, where the van lacks anything, and the rests of `shift` into a sequence of jobs.

        They stand where the day breaks least and then costs least. A day that is sound without is left as it is.
        """
        best = self._with_rests(shift, list(jobs))
        lead = 1 if jobs and jobs[0] == self.program.first[shift] else 0
        stock = self.program.stock
        lacking = stock.account(shift, jobs).lacking if best[1].lacking else ()
        for depot in self.program.restock_tokens(shift) if lacking else ():
            mends = [jobs.index(job) for job, kind, _ in lacking if stock.pools[depot - self._jobs].get(kind)]
            for gap in range(lead, min(mends, default=-1) + 1):  # after what is lacked first it would mend less
                tried = self._with_rests(shift, [*jobs[:gap], depot, *jobs[gap:]])
                if (tried[1].breach, tried[1].cost) < (best[1].breach, best[1].cost):
                    best = tried
        return best

    def _with_rests(self, shift: int, stops: list[int]) -> tuple[list[int], Walk]:
        best, walk = stops, self.walk(shift, stops)
        for rest in self.program.rest_tokens(shift) if walk.breach else ():
            lead = 1 if stops[0] == self.program.first[shift] else 0
            tries = [[*best[:gap], rest, *best[gap:]] for gap in range(lead, len(best) + 1)]
            base = best
            for tokens in tries:
                tried = self.walk(shift, tokens)
                if (tried.breach, tried.cost) < (walk.breach, walk.cost):
                    base, walk = tokens, tried
            best = base
        return best, walk
