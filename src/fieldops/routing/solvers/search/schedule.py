"""When a search is hot, when its streams meet, and when it chooses among the routes met.

A search that has few moves for each job needs all of them to cool once. One that has plenty ends in a plan
that depends on chance more than on its last moves, so it cools several times: the streams don't meet until
each has met several good plans, whose routes a selection puts together; then it cools from the best plan.

Where even that leaves time, slower cooling ends in the same plan again and again: who works and who stays at home is
settled early, and no move of a few jobs changes it. So in the rest of the time a stream goes on from its best
plan in stretches: a few shifts are done without while it cools, then it cools once more with all of them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

ROUNDS: Final = 200  # the temperature falls in so many steps
PLENTY: Final = 4_000  # moves for each job
BEGUN: Final = 6_000  # moves for each job after which stretches begin,
LEAST_BEGUN: Final = 0.25  # but not before so much of the search
SPARE: Final = 0.05  # where more of the jobs are left out, all shifts are needed: no stretches
STRETCH: Final = 600  # moves for each job in one stretch, all streams together
MOST: Final = 200  # stretches: beyond them each takes longer
BACK: Final = 2 / 3  # how much of a stretch is over when all shifts are there again
TURNS: Final = 15  # rounds of a stretch
MEETINGS: Final = 6  # how often streams meet in the time of stretches
SELECTIONS: Final = 3  # how often a selection begins in it

Cycle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A search from its begin to its end.

    Attributes
    ----------
    cycles
        From which share of the search to which the temperature falls, and from what to what, in costs of
        driving to one job.
    meetings, selections
        After which rounds streams meet, and a selection begins.
    effort
        CP-SAT's deterministic seconds in one selection.
    rounds
        Into how many the search is divided.
    without, again
        Before which rounds a few shifts are done without, and all are there again.
    """

    cycles: tuple[Cycle, ...]
    meetings: tuple[int, ...]
    selections: tuple[int, ...]
    effort: float
    rounds: int = ROUNDS
    without: tuple[int, ...] = ()
    again: tuple[int, ...] = ()

    @property
    def first(self) -> int:
        """How many rounds are over before stretches begin."""
        return self.without[0] if self.without else self.rounds

    def heat(self, passed: float) -> float:
        """Return the temperature when a share `passed` of the search is over."""
        ended = bisect_right(self.cycles, passed, key=itemgetter(1))
        begin, end, hot, cool = self.cycles[min(ended, len(self.cycles) - 1)]
        return float(hot * (cool / hot) ** ((passed - begin) / (end - begin)))


ONCE: Final = Schedule(
    ((0.0, 0.7, 2.0, 0.1), (0.7, 0.85, 0.4, 0.1), (0.85, 1.0, 0.3, 0.05)),
    (100, 140, 170, 190),
    (139, 169, 189),
    1.5,
)
SEVERAL_TIMES: Final = Schedule(
    (
        (0.0, 0.22, 1.0, 0.1), (0.22, 0.44, 1.0, 0.1), (0.44, 0.66, 1.0, 0.1),
        (0.66, 0.8, 0.6, 0.1), (0.8, 0.9, 0.45, 0.1), (0.9, 1.0, 0.3, 0.05),
    ),
    (148, 168, 188), (86, 130, 158, 178), 4.0,
)  # fmt: skip


def schedule(moves: float, jobs: int, left_out: int = 0) -> Schedule:
    """Return the schedule of a search of so many moves, whose plan so far leaves out so many jobs of worth."""
    if moves < PLENTY * jobs:
        return ONCE
    if left_out > SPARE * jobs:
        return SEVERAL_TIMES
    begun = max(LEAST_BEGUN, BEGUN * jobs / moves)
    stretches = int(min(MOST, (1 - begun) * moves / (STRETCH * jobs)))
    return in_stretches(stretches, begun) if stretches > 0 else SEVERAL_TIMES


def in_stretches(stretches: int, begun: float) -> Schedule:
    """Return a schedule that cools several times in a share `begun` of the search, then in so many stretches."""
    before = SEVERAL_TIMES
    first = round(stretches * TURNS * begun / (1 - begun))
    rounds = first + stretches * TURNS
    starts = [first + k * TURNS for k in range(stretches)]
    again = [start + round(BACK * TURNS) for start in starts]
    cycles = [(begin * first / rounds, end * first / rounds, hot, cool) for begin, end, hot, cool in before.cycles]
    for start, back in zip(starts, again, strict=True):
        cycles.append((start / rounds, back / rounds, 1.0, 0.1))
        cycles.append((back / rounds, (start + TURNS) / rounds, 0.3, 0.05))

    def spread(own: tuple[int, ...], count: int) -> tuple[int, ...]:
        late = {first + stretches * k // (count + 1) * TURNS - 1 for k in range(1, count + 1)}
        return (*(turn * first // ROUNDS for turn in own), *sorted(late - {first - 1}))

    return Schedule(
        tuple(cycles), spread(before.meetings, MEETINGS), spread(before.selections, SELECTIONS), before.effort, rounds,
        tuple(starts), tuple(again),
    )  # fmt: skip
