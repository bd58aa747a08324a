"""Choices that split a mix of days into plans: what each decides, and which days it rules out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.solvers.bound.labels import NONE, Ints
from fieldops.routing.solvers.bound.listing import Listing
from fieldops.routing.solvers.bound.master import Column, Floats

SURE: Final = 1e-6
UNSURE: Final = 0.05  # a job left out by more than this, or done by more, is decided before who does what
DONE, EITHER, OUT = range(3)  # what a job may be


class Choice(NamedTuple):
    """A decision: a job is done or left out, by a kind of shifts or not; two on one day or not; or a day is lived.

    Two jobs on one day or not tell apart what shifts without a difference do (Ryan and Foster, 1981, "An integer
    programming approach to scheduling", in Wren, "Computer scheduling of public transport", 269-280).
    """

    what: Literal["done", "out", "by", "not by", "together", "apart", "day"]
    job: int = NONE
    kind: int = NONE
    jobs: tuple[int, ...] = ()


Node = tuple[Choice, ...]


def may_be(node: Node, out: Ints) -> Ints:
    """Return for each job whether it is done, left out, or either, where `out` says so without the node."""
    out = out.copy()
    for choice in node:
        if choice.what in ("done", "by", "day"):
            out[[choice.job] if choice.job != NONE else list(choice.jobs)] = DONE
        elif choice.what == "out":
            out[choice.job] = OUT
    return out


def ruled_out(choice: Choice, days: Listing, many: Ints) -> NDArray[np.uint8]:
    """Return which listed days a choice rules out, where there are so `many` shifts of each kind."""
    if choice.what == "day":
        shared = np.logical_or.reduce([days.holds(job) for job in choice.jobs])
        own = np.logical_and.reduce([days.holds(job) for job in choice.jobs])
        own &= (days.jobs != NONE).sum(axis=1) == len(choice.jobs)
        mine = days.kinds == choice.kind
        ruled = (shared | (mine & (many[choice.kind] == 1))) & ~(own & mine)
    elif choice.what in ("together", "apart"):
        one, other = (days.holds(job) for job in choice.jobs)
        ruled = one & other if choice.what == "apart" else one ^ other
    else:
        holds = days.holds(choice.job)
        if choice.what == "out":
            ruled = holds
        elif choice.what == "not by":
            ruled = holds & (days.kinds == choice.kind)
        elif choice.what == "by":
            ruled = np.where(days.kinds == choice.kind, ~holds & (many[choice.kind] == 1), holds)
        else:
            ruled = np.zeros(len(days), bool)
    return np.asarray(ruled, np.uint8)


def forbidden(node: Node, jobs: int, kinds: int, out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (jobs, kinds): which job no shift of a kind may do, by choices of who does it and what is left `out`."""
    found = np.zeros((jobs, kinds), bool)
    found[out] = True
    for choice in node:
        if choice.what == "by":
            found[choice.job, np.arange(kinds) != choice.kind] = True
        elif choice.what == "not by":
            found[choice.job, choice.kind] = True
    return found


def bars(choice: Choice, kind: int, jobs: tuple[int, ...], many: Ints) -> bool:
    """Whether a choice rules one day out."""
    if choice.what == "day":
        if kind == choice.kind and set(jobs) == set(choice.jobs):
            return False
        return bool(set(jobs) & set(choice.jobs)) or (kind == choice.kind and bool(many[kind] == 1))
    if choice.what in ("together", "apart"):
        held = len(set(jobs) & set(choice.jobs))
        return held == (2 if choice.what == "apart" else 1)
    if choice.what == "out":
        return choice.job in jobs
    if choice.what == "not by":
        return kind == choice.kind and choice.job in jobs
    if choice.what == "by":
        return choice.job not in jobs and bool(many[kind] == 1) if kind == choice.kind else choice.job in jobs
    return False


def least_decided(
    used: Sequence[Column], mix: Floats, out: Floats, may: Ints, kinds: int, node: Node = ()
) -> tuple[Choice, Choice] | None:
    """Return the two sides of the choice that a mix decides least: jobs left out first; None where nothing is left.

    A job that must be done may still be left out in part, where no day known does it. What `node` has chosen is
    therefore not chosen again, however undecided it looks.

    Parameters
    ----------
    used, mix
        Days, and the share of each.
    out : float (n,)
        The share of each job that is left out.
    may : int64 (n,)
        What each job may be (:func:`may_be`): only what may be either is to be decided.
    kinds
        How many kinds of shifts there are.
    node
        The choices made before.
    """
    out = np.where(may == EITHER, out, 0.0)
    undecided = np.minimum(out, 1 - out)
    job = int(undecided.argmax()) if len(out) else 0
    if len(out) and undecided[job] > UNSURE:
        return Choice("out", job), Choice("done", job)
    shares = np.zeros((len(out), kinds))
    for column, share in zip(used, mix.tolist(), strict=True):
        shares[list(column.jobs), column.kind] += share
    open_ = np.minimum(shares, 1 - shares)
    for choice in node:
        if choice.what == "by":
            open_[choice.job, choice.kind] = 0.0
    if open_.size and open_.max() >= SURE:
        job, kind = divmod(int(open_.argmax()), kinds)
        return Choice("by", job, kind), Choice("not by", job, kind)
    if len(out) and undecided[job] > SURE:
        return Choice("out", job), Choice("done", job)
    return _two_jobs(used, mix, len(out), node)


def _two_jobs(used: Sequence[Column], mix: Floats, jobs: int, node: Node) -> tuple[Choice, Choice] | None:
    serves = np.zeros((jobs, len(used)))
    for place, column in enumerate(used):
        serves[list(column.jobs), place] = 1
    pairs = np.triu((serves * mix) @ serves.T, 1)
    open_ = np.minimum(pairs, 1 - pairs)
    for choice in node:
        if choice.what == "together":
            open_[choice.jobs] = 0.0
    if not open_.size or open_.max() < SURE:
        return None
    both = tuple(map(int, np.unravel_index(open_.argmax(), open_.shape)))
    return Choice("together", jobs=both), Choice("apart", jobs=both)
