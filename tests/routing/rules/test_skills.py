"""Skills with levels."""

from __future__ import annotations

import pytest

from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan
from fieldops.routing.rules.skills import lacking
from fieldops.units import per_metre
from tests.routing.make import Temptation, job, problem, shift

NEAR = {"skills": (("electric", 3), ("network", 1)), "cost_per_km": per_metre(1)}
FAR = {"skills": (("network", 2),), "cost_per_km": per_metre(1)}
TEMPTATION = Temptation(
    problem([job("A", 10, skills=(("network", 2),))], [shift("T1"), shift("T2", home=60)], {"T1": NEAR, "T2": FAR}),
    "A",
    "T1/0",
)


def words(needed: tuple[tuple[str, int], ...], held: tuple[tuple[str, int], ...]) -> list:
    """Return what the checker says of an order that needs and a technician who holds these."""
    one = problem([job("A", 10, skills=needed)], [shift("T1")], {"T1": {"skills": held}}, {"T1": "Li Wei"})
    day = Clock(compile_rules(one)).day(0, [0])
    return list(check(one, Plan((day,))).violations)


def test_words_name_each_skill_with_the_level_needed_and_held() -> None:
    """Needed 2, held 1 must not be told the other way round; what isn't held at all is told as none."""
    (violation,) = words((("network", 2), ("electric", 3), ("gas", 1)), (("network", 1), ("gas", 1)))
    assert violation.words == "Li Wei (T1) lacks network at level 2, has level 1, electric at level 3, has none"
    assert violation.remedy == (
        "train Li Wei (T1) in network to level 2 and electric to level 3, or send somebody along who has it"
    )
    assert (violation.amount, violation.unit, violation.job, violation.shift) == (4, "levels", "A", "T1/0")


@pytest.mark.parametrize(
    ("needed", "held", "short"),
    [
        ((), (), []),
        ((("a", 1),), (("a", 1),), []),
        ((("a", 1),), (("a", 9), ("b", 1)), []),
        ((("a", 2),), (("a", 1),), [("a", 2, 1)]),
        ((("a", 1), ("b", 1)), (("b", 1),), [("a", 1, 0)]),
    ],
)
def test_every_skill_is_needed_at_its_level_or_above(needed: tuple, held: tuple, short: list) -> None:
    """More is welcome, less is not, and one skill does not stand in for another."""
    assert lacking(needed, held) == short
    assert bool(words(needed, held)) == bool(short)


def test_solvers_are_told_what_the_checker_says() -> None:
    """Allowed is exactly where the checker is silent, for every pair of several levels."""
    levels = [(), (("a", 1),), (("a", 2),), (("a", 1), ("b", 1))]
    jobs = [job(f"J{n}", 10, skills=needed) for n, needed in enumerate(levels)]
    one = problem(jobs, [shift(f"T{n}", skills=held) for n, held in enumerate(levels)])
    program = compile_rules(one)
    timer = Clock(program)
    for number in range(4):
        for token in range(4):
            report = check(one, Plan((timer.day(number, [token]),), tuple(j.id for j in jobs if j.id != f"J{token}")))
            assert program.allowed[token, number] == report.sound
