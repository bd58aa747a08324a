"""What a bound says, and the prices that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldops.routing.solvers.solver import Routes
from fieldops.units import Money


@dataclass(frozen=True)
class Bound:
    """What was proved: no plan that leaves out worth `worth` or less costs less than `cost`.

    Attributes
    ----------
    cost
        Money; 0 if nothing better was proved in time.
    worth
        The worth that may be left out: that of the plan the bound was asked for.
    relaxed
        Verbs of which the pricer sees less than the clock; without any the bound is only as weak as mixing
        routes and returning to jobs make it.
    complete
        Whether the root was solved.
    root
        Money: what the root alone proves, without cuts and branching.
    iterations, labels, nodes, seconds
        Passes of the pricer, labels it made, nodes branched on, wall time.
    routes
        Tokens by shift of a plan that costs less than the one given, if any was met on the way.
    ended
        Why the proof ended: ``solved``, where nothing is left to prove; ``time``; ``pairs``, where only which orders
        share a day of shifts that are alike is left to be decided, and days are too many to be listed; ``mix``,
        where what costs less mixes nothing and yet is no plan, by verbs of which the pricer sees less; or ``linear
        program:`` and what GLOP said when it gave up.
    fine
        Prices are in parts of so many to a unit of Money.
    job_prices
        By job id: the prices that prove the root.
    worth_price
        Of a unit of worth that may be left out more.
    shift_prices
        By shift id, 0 or less: what the shift's cheapest day costs less than its jobs' prices.
    piece_prices
        By ids of depot and part, as the program names it: of one more piece, where there may be too few.
    stock_price
        Of all the pieces there are.
    pool_prices
        Of the rows of :class:`~fieldops.routing.solvers.bound.pools.Pools`, of which the two above are sums.
    memory
        By shift id, pairs of jobs by their numbers in the program: the second was remembered at the first. Days that
        remember less may cost less, so a changed shift is priced with at least as much.
    """

    cost: Money
    worth: int
    relaxed: tuple[str, ...]
    complete: bool
    root: Money
    iterations: int
    labels: int
    nodes: int
    seconds: float
    routes: Routes | None
    ended: str
    fine: int
    job_prices: Mapping[str, int]
    worth_price: int
    shift_prices: Mapping[str, int]
    piece_prices: Mapping[tuple[str, str], int]
    stock_price: int
    pool_prices: tuple[int, ...]
    memory: Mapping[str, tuple[tuple[int, int], ...]]

    def gap(self, cost: Money) -> float:
        """Return by which part of `cost`, that of a plan of equal worth, a plan might be cheaper at most."""
        return (cost - self.cost) / cost if cost > 0 else 0.0
