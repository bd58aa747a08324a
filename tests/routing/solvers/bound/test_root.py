"""The root where its linear program fails it, or time: something is proved all the same, and people are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ortools.linear_solver import pywraplp

from fieldops.routing.clock import Clock
from fieldops.routing.planning import plan
from fieldops.routing.program import Program
from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import bound, ground, rehearsed
from fieldops.routing.solvers.bound.master import STEADIER, Master
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.bound.pricing import Pricer
from tests.routing.make import department
from tests.routing.solvers.bound.days import best_by_worth, random_program


def programs() -> list[Program]:
    """Return some days with windows."""
    return [random_program(np.random.default_rng(seed), frozenset({"windows"})) for seed in range(5)]


def never_from(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the master give up from some call on."""
    asked, solve = [0], Master.solve

    def given_up(master: Master, left_s: float = float("inf")) -> Any:
        asked[0] += 1
        if asked[0] < calls:
            return solve(master, left_s)
        master.gave_up = "abnormal"
        return None

    monkeypatch.setattr(Master, "solve", given_up)


@pytest.mark.parametrize("failing", range(1, len(STEADIER)))
def test_a_linear_program_that_fails_is_asked_otherwise(failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers far apart are too much for GLOP at times: asked otherwise it must come to the same root."""
    whole = [bound(program, Clock(program), plan_worth=0).root for program in programs()]
    solve, ask, how = pywraplp.Solver.Solve, pywraplp.Solver.SetSolverSpecificParametersAsString, [""]

    def asked(solver: Any, words: str) -> Any:
        how[0] = words
        return ask(solver, words)

    def fails(solver: Any) -> Any:
        return pywraplp.Solver.ABNORMAL if how[0] in STEADIER[:failing] else solve(solver)

    monkeypatch.setattr(pywraplp.Solver, "SetSolverSpecificParametersAsString", asked)
    monkeypatch.setattr(pywraplp.Solver, "Solve", fails)
    found = [bound(program, Clock(program), plan_worth=0) for program in programs()]
    assert [each.root for each in found] == pytest.approx(whole, rel=1e-6, abs=1)
    assert {each.ended for each in found} == {"solved"}


def test_without_a_linear_program_the_prices_so_far_prove(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing helps, an exact pass at the best prices known still proves something, and never too much."""
    proved = []
    for calls in range(1, 6):
        for program in programs():
            best = best_by_worth(program)
            with monkeypatch.context() as patch:
                never_from(calls, patch)
                found = bound(program, Clock(program), plan_worth=min(best), upper_cost=best[min(best)] + 500)
            assert 0 <= found.cost <= best[min(best)]
            assert found.ended == "linear program: abnormal"
            proved.append(found.cost > 0)
    assert np.mean(proved) > 0.7


def test_half_the_time_gone_something_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick passes prove nothing; where they are slow no exact one ever came, and all the time was for nothing."""
    left = [100.0, 40.0, 0.0]  # before the first pass of the pricer, before the second, and then

    class Late(Halt):
        @property
        def left_s(self) -> float:
            return left[0]

    price = Pricer.price

    def counted(pricer: Pricer, *prices: Any, **how: Any) -> Any:
        found = price(pricer, *prices, **how)
        left.pop(0)
        return found

    monkeypatch.setattr(Pricer, "price", counted)
    program = programs()[3]
    best = best_by_worth(program)
    found = bound(program, Clock(program), plan_worth=min(best), upper_cost=best[min(best)] + 500, halt=Late())
    assert 0 < found.cost <= best[min(best)]
    assert (found.iterations, found.ended) == (2, "time")


def test_people_are_told_that_the_proof_gave_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap that time did not leave open is a fault to report: the plan's notes name it."""
    assert rehearsed(Halt())
    never_from(1, monkeypatch)
    made = plan(department(5, jobs=4, shifts=2, pinned=False), iterations=200, time_limit_s=60, bound=True)
    assert "the proof ended early (linear program: abnormal); what it says holds" in made.notes


def test_many_orders_do_not_outlast_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays of thousands of orders take longer than a limit may: looked at on the way, the proof ends with nothing."""
    program = random_program(np.random.default_rng(1), frozenset(), 40)
    looks = [0]

    class Third(Halt):
        """Ends at its third look, which is within the arrays of the first kind."""

        @property
        def left_s(self) -> float:
            looks[0] += 1
            return 0.0 if looks[0] >= 3 else 60.0

    assert ground.kinds_of(program, Pools(program), Third()) is None
    assert looks[0] == 3
    monkeypatch.setattr(ground, "MOST_BYTES", 1_000)
    with pytest.raises(ValueError, match=r"kinds of shifts would take .* GiB"):
        bound(program, Clock(program), plan_worth=0)
    made = plan(department(1, jobs=12), iterations=20, time_limit_s=5.0, bound=True)
    assert made.bound is None
    assert any("prove smaller days" in note for note in made.notes)
