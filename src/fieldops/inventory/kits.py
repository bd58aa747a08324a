r"""What a technician's van carries: the repair kit.

A job is done at once only if *every* part it needs is in the van (job fill rate, JFR); else the technician comes back.
Demands of different parts are taken as independent. A job needs X_i pieces of part i.

**Between two restocks** there are N jobs, and pieces of a job that failed for want of another part are used all the
same. With C_n the pieces used by n jobs, the n-th is filled with probability
prod_i [P(X_i = 0) + sum_{x>0} P(X_i = x) P(C_{i,n-1} <= S_i - x)]; the JFR is the mean over n = 1 .. N (Teunter 2006,
European Journal of Operational Research 175; Bijvank, Koole and Vis 2010, ibid. 200).

**One job, one piece.** A part is needed with chance p, keeping it costs H a job, a second visit costs L:

.. math:: \min_M \sum_{i \in M} H_i + L \Bigl(1 - \prod_{i \notin M} (1 - p_i)\Bigr).

(Smith, Chambers and Shlifer 1980, Management Science 26). Best kits are nested in the order of -ln(1 - p)/H: the cost
is a linear sum less a concave function of the sum of -ln(1 - p) that is carried, so that an exchange against that
order never helps. So only as many kits as there are parts need be tried.

**More pieces, a target or a budget.** JFR = prod_i P(X_i <= S_i), so -ln JFR is a sum over parts: marginal analysis
(`marginal`) buys the piece of the greatest fall per money, and each kit on the way is best for its money.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Ints, Mask
from fieldops.inventory.marginal import steps, within
from fieldops.inventory.policy import ROUNDING


@dataclass(frozen=True)
class Kit:
    """What to carry.

    Attributes
    ----------
    stock
        Pieces of each part, shape (parts,).
    job_fill_rate
        Share of jobs done at once, 0..1.
    cost
        Of the model it comes from: money a job (`cheapest_kit`) or value of the kit (`kit_for`).
    """

    stock: Ints
    job_fill_rate: float
    cost: float


def job_fill_rate(stock: ArrayLike, pieces: ArrayLike, jobs: int = 1) -> float:
    """Work out the share of jobs done at once.

    Parameters
    ----------
    stock
        Pieces of each part after a restock, shape (parts,).
    pieces
        P(X_i = x) at x = 0, 1, ..., shape (values, parts).
    jobs
        N, jobs between two restocks.

    Examples
    --------
    >>> pieces = np.array([[0.7, 0.8, 0.5], [0.2, 0.2, 0.3], [0.1, 0, 0.15], [0, 0, 0.05]])
    >>> round(job_fill_rate([1, 0, 2], pieces), 3), round(job_fill_rate([2, 1, 4], pieces, jobs=3), 3)
    (0.684, 0.89)
    """
    need, held = _checked(stock, pieces)
    if jobs < 1:
        raise ConfigError("between two restocks there is at least one job")
    rows = int(held.max(initial=0)) + 1
    values, parts = need.shape
    used = np.zeros((rows, parts))  # P(C_{n-1} = c) for c up to the stock
    used[0] = 1.0
    filled = 0.0
    for _ in range(jobs):
        cdf = np.vstack([np.zeros((1, parts)), np.cumsum(used, axis=0)])
        chance = need[0].copy()
        for x in range(1, values):
            left = np.clip(held - x + 1, 0, rows)
            chance += need[x] * np.take_along_axis(cdf, left[None], axis=0)[0]
        filled += float(np.prod(chance))
        after = np.zeros_like(used)
        for x in range(min(values, rows)):
            after[x:] += need[x] * used[: rows - x]
        used = after
    return filled / jobs


def cheapest_kit(chance: ArrayLike, holding: ArrayLike, return_visit: float) -> Kit:
    """Find the kit of least cost a job, each part carried once or not (Smith, Chambers and Shlifer).

    Parameters
    ----------
    chance
        That a job needs the part, 0 <= p <= 1, shape (parts,).
    holding
        Money a job for carrying it, 0 or more, shape (parts,) or one number.
    return_visit
        Money of a second visit.

    Examples
    --------
    >>> kit = cheapest_kit([0.3, 0.1, 0.05, 0.2, 0.02], [1.0, 0.5, 0.2, 2.0, 0.1], return_visit=10)
    >>> np.flatnonzero(kit.stock).tolist(), round(kit.cost, 4)
    ([0, 1, 2, 4], 3.8)
    """
    p = np.asarray(chance, dtype=np.float64)
    h = np.broadcast_to(np.asarray(holding, dtype=np.float64), p.shape)
    if not (((p >= 0) & (p <= 1)).all() and (np.isfinite(h) & (h >= 0)).all() and 0 <= return_visit < np.inf):
        raise ConfigError("chances are rates of 0 to 1, costs of a kit 0 or more")
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = -np.log1p(-p)
        order = np.argsort(-np.where(weight > 0, weight / h, 0.0), kind="stable")
    # Chance that nothing is needed beyond the first k parts of that order.
    enough = np.append(np.cumprod((1 - p)[order][::-1])[::-1], 1.0)
    cost = np.append(0.0, np.cumsum(h[order])) + return_visit * (1 - enough)
    best = int(cost.argmin())
    carried: Mask = np.zeros(len(p), dtype=bool)
    carried[order[:best]] = True
    return Kit(carried.astype(np.int64), float(enough[best]), float(cost[best]))


def kit_for(
    pieces: ArrayLike, price: ArrayLike, *, target: float | None = None, budget: float | None = None, jobs: int = 1
) -> Kit:
    """Find the kit of least value that reaches a job fill rate, or the best one for a budget.

    With several jobs between restocks the pieces are chosen by their use in all of them, P(C_{i,N} <= S_i), the chance
    that the last job too is filled; the rate that `Kit` states, and that the target is compared with, is the mean over
    the jobs.

    Parameters
    ----------
    pieces
        P(X_i = x) of one job, shape (values, parts).
    price
        Money a piece, shape (parts,) or one number.
    target, budget
        One of the two: a rate below 1, or money.
    jobs
        N, jobs between two restocks.

    Raises
    ------
    ConfigError
        If an argument is impossible.

    Examples
    --------
    >>> pieces = np.array([[0.7, 0.8, 0.5], [0.2, 0.2, 0.3], [0.1, 0, 0.15], [0, 0, 0.05]])
    >>> kit = kit_for(pieces, [10, 4, 1], target=0.9)
    >>> kit.stock.tolist(), round(kit.job_fill_rate, 3), kit.cost
    ([1, 1, 3], 0.9, 17.0)
    """
    need, _ = _checked(0, pieces)
    parts = need.shape[1]
    if (target is None) == (budget is None) or not 0 <= (target or 0.0) < 1:
        raise ConfigError("say either a target, a rate of 0 up to but not including 1, or a budget")
    used = np.ones((1, parts))  # P(C_N = c)
    for _ in range(jobs):
        before, used = used, np.zeros((len(used) + len(need) - 1, parts))
        for x, chance in enumerate(need):
            used[x : x + len(before)] += chance * before
    never = -np.log(np.maximum(np.cumsum(used, axis=0), 1e-300))
    path = steps(never, price).sorted()
    if budget is not None:
        bought = within(path, budget=budget)
    else:
        # Every piece more fills more jobs, so the first kit that reaches the target is found by halving.
        number = bisect_left(
            range(len(path)),
            (target or 0.0) - ROUNDING,
            key=lambda k: job_fill_rate(path.upto(k).stocks(parts), need, jobs),
        )
        bought = path.upto(number)
    stock = bought.stocks(parts)
    return Kit(stock, job_fill_rate(stock, need, jobs), float(bought.cost.sum()))


def _checked(stock: ArrayLike, pieces: ArrayLike) -> tuple[Floats, Ints]:
    need = np.asarray(pieces, dtype=np.float64)
    if need.ndim != 2 or not ((need >= 0).all() and np.allclose(need.sum(axis=0), 1.0, atol=1e-9)):
        raise ConfigError("pieces are probabilities of shape (values, parts), each part's adding up to 1")
    held = np.broadcast_to(np.asarray(stock, dtype=np.int64), need.shape[1])
    if (held < 0).any():
        raise ConfigError("a kit holds 0 or more pieces of each part")
    return need, held
