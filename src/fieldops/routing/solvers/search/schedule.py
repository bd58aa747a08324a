"""When a search is hot, when its streams meet, and when it chooses among the routes met.

A search that has few moves for each job needs all of them to cool once. One that has plenty ends in a plan
that depends on chance more than on its last moves, so it cools several times: the streams don't meet until
each has met several good plans, whose routes a selection puts together; then it cools from the best plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ROUNDS: Final = 200  # the temperature falls in so many steps
PLENTY: Final = 4_000  # moves for each job


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
    """

    cycles: tuple[tuple[float, float, float, float], ...]
    meetings: tuple[int, ...]
    selections: tuple[int, ...]
    effort: float

    def heat(self, passed: float) -> float:
        """Return the temperature when a share `passed` of the search is over."""
        begin, end, hot, cool = next(cycle for cycle in self.cycles if passed < cycle[1] or cycle is self.cycles[-1])
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


def schedule(moves: float, jobs: int) -> Schedule:
    """Return the schedule of a search of so many moves."""
    return SEVERAL_TIMES if moves >= PLENTY * jobs else ONCE
