"""Skills with levels: who is sent must have each skill the order needs, at its level or above."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fieldops.columns import Column, Counts
from fieldops.routing.domain import Day, Problem, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule
from fieldops.routing.rules.words import who

MINUTES_A_LEVEL = 480.0  # a level is a course, not an afternoon: explanations try everything shorter first

NEEDED = Column(
    "jobs",
    "skills",
    Counts(1, 9),
    (),
    refers="technicians.skills",
    aliases=("技能", "所需技能"),
    help="skills needed, with the lowest level that will do: network:2; electric",
)
HELD = Column("technicians", "skills", Counts(1, 9), (), aliases=("技能",), help="skills held, with their level")

Levels = tuple[tuple[str, int], ...]


def lacking(needed: Levels, held: Levels) -> list[tuple[str, int, int]]:
    """Return (skill, level needed, level held) for each skill that falls short.

    >>> lacking((("network", 2),), (("network", 1), ("electric", 3)))
    [('network', 2, 1)]
    """
    have = dict(held)
    return [(skill, level, have.get(skill, 0)) for skill, level in needed if have.get(skill, 0) < level]


class Skills(Rule):
    """A technician does only orders whose every skill they hold at the level asked, or above."""

    name = "skills"
    columns = (NEEDED, HELD)

    def post(self, problem: Problem, program: Program) -> None:
        """Forbid each order to the shifts whose technician falls short."""
        held = [HELD.of(problem.values(shift)) for shift in program.shifts]
        unfit: dict[Levels, np.ndarray] = {}
        for job, order in enumerate(program.jobs):
            needed = NEEDED.of(order.values)
            if not needed:
                continue
            if needed not in unfit:
                unfit[needed] = np.array([bool(lacking(needed, has)) for has in held], bool)
            program.forbid(job, unfit[needed])

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name each skill that the technician lacks for an order."""
        held = HELD.of(problem.values(problem.shift[day.shift]))
        for visit in day.visits:
            short = lacking(NEEDED.of(problem.job[visit.id].values), held)
            if short:
                yield self._violation(problem, day, visit.id, short)

    def _violation(self, problem: Problem, day: Day, job: str, short: list[tuple[str, int, int]]) -> Violation:
        person = who(problem, day.shift)
        gaps = ", ".join(
            f"{skill} at level {need}, has {f'level {has}' if has else 'none'}" for skill, need, has in short
        )
        levels = sum(need - has for _, need, has in short)
        train = " and ".join(f"{skill} to level {need}" for skill, need, _ in short)
        return Violation(
            self.name,
            f"{person} lacks {gaps}",
            levels,
            "levels",
            job,
            day.shift,
            f"train {person} in {train}, or send somebody along who has it",
            levels * MINUTES_A_LEVEL,
        )
