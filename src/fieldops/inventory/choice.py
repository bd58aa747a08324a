r"""Which model a part has, by how likely its own lead-time demand was under each of them.

A model is fitted to the periods before an *origin* and says how likely each demand over the next lead time + review
interval is; then that demand is looked at. Over several origins o the logarithms add up,

.. math:: \ell_k = \frac{1}{J} \sum_o \log\bigl(0.99\,P_k(D_o) + 0.01\,q(D_o)\bigr), \qquad q(x) = 1/((x+1)(x+2)),

and the part keeps the default model unless another has been ``odds`` times as likely (20), times the number of others.

- No demand is impossible: one window in a hundred comes from q, which has no mean. What a model ruled out costs it
  4.6 + log((x+1)(x+2)): much, but not everything.
- Windows overlap where lead times are longer than origins are apart. J is how many of a part's windows hold the same
  period at most; each then counts for one Jth.
- Nothing is fitted to the windows it is judged by, so more parameters are no advantage. If the default is right, the
  likelihood of another over it has a mean of 1 at most: among windows apart from each other the ratio is a martingale,
  and J such classes together are bounded by Hoelder's inequality. So chance alone makes any of k others 20 k times as
  likely for one part in twenty at most (Markov's inequality; Grunwald, de Heide and Koolen 2024, Journal of the Royal
  Statistical Society B 86, call the ratio an e-value). With the likeliest model of each part instead, luck chooses.

Counts are compared in whole pieces; where a model's mean or the count itself is above 500, in lots (`demand.base`), the
same for all models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory import demand, policies
from fieldops.inventory.arguments import learnt, reviews_of
from fieldops.inventory.deliveries import Deliveries
from fieldops.inventory.demand.base import LOT_MEAN, Counted, Demand, Floats, Ints, Mask
from fieldops.inventory.demand.rates import Rate, rate_named
from fieldops.inventory.history import UNSTOCKED, DemandHistory, Names
from fieldops.inventory.leadtimes import LeadTimes, lead_times_of
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policies import policies_of
from fieldops.inventory.reasons import Why, in_words

if TYPE_CHECKING:
    import pandas as pd

CHOSEN: Final = "chosen"
"""What `reorder_levels` calls the model of each part by this choice."""
CANDIDATES: Final = (
    "pooled",
    "negative_binomial",
    "poisson",
    "compound_poisson_geometric",
    "compound_poisson_logarithmic",
    "compound_poisson_empirical",
)
"""Models that are chosen from. Left out: the plain ones, which know no doubt about the mean and are for comparison; the
bootstraps, which draw a thousand stretches for every part and origin; and ``empirical``, to which nothing larger than
what was seen can happen: a level is made from that tail, and a few windows can't tell that it is missing."""
ORIGINS: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""Shares of the history that models are fitted to before they are asked about what follows."""
ODDS: Final = 20.0
SURPRISE: Final = 0.01
"""Share of windows that come from q."""
BLOCK: Final = 1 << 14
"""Items worked on at once."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The model of each item, and what it was chosen by.

    Attributes
    ----------
    parts, places
        Ids of the items, shape (items,).
    model, why
        Name of each item's model, and flags of `Why`, shape (items,).
    default
        The model that is kept where no other is clearly likelier.
    candidates
        The models compared.
    log_likelihood
        Of each candidate and item, over the item's windows (see the module), shape (candidates, items); NaN where a
        model has nothing to say or there is no window.
    windows
        Windows apart from each other that the likelihood is worth, shape (items,).
    length
        Periods of a window, shape (items,).
    """

    parts: Names
    places: Names
    model: Names
    why: NDArray[np.int64]
    default: str
    candidates: tuple[str, ...]
    log_likelihood: Floats
    windows: Floats
    length: Ints

    def __repr__(self) -> str:
        names, often = np.unique(self.model.astype(str), return_counts=True)
        return f"Choice({', '.join(f'{name}: {number:,}' for name, number in zip(names, often, strict=True))})"

    @property
    def gain(self) -> Floats:
        """Log-likelihood of each item's model over the default's; 0 where that was kept."""
        of = {name: at for at, name in enumerate(self.candidates)}
        mine = np.array([of[name] for name in self.model], dtype=np.int64)
        items = np.arange(len(mine))
        found = self.log_likelihood[mine, items] - self.log_likelihood[of[self.default]]
        return np.where(mine == of[self.default], 0.0, found)

    def reasons(self) -> Names:
        """Say `why` in words."""
        return in_words(self.why)

    def compared(self) -> pd.DataFrame:
        """Say what the range as a whole is likeliest under: one row a candidate, over the items that it can judge.

        Its log-likelihood over the default's, the items compared, and the share of them for which it is above.
        """
        import pandas as pd

        rows = []
        base = self.log_likelihood[self.candidates.index(self.default)]
        for name, row in zip(self.candidates, self.log_likelihood, strict=True):
            both = np.isfinite(row) & np.isfinite(base)
            gain = (row - base)[both]
            share = float((gain > 0).mean()) if len(gain) else np.nan
            rows.append({"model": name, "items": len(gain), "gain": float(gain.sum()), "likelier_rate": share})
        return pd.DataFrame(rows)

    def told(self, at: int) -> str:
        """Say how one item's model was found, with its figures."""
        known = [(value, name) for value, name in zip(self.log_likelihood[:, at], self.candidates, strict=True)]
        ranked = sorted(((value, name) for value, name in known if np.isfinite(value)), reverse=True)
        text = f"Model: {self.model[at]}; {self.reasons()[at]}"
        if not ranked:
            return text + "."
        periods = "1 period" if self.length[at] == 1 else f"{self.length[at]} periods"
        figures = ", ".join(f"{name} {value:.1f}" for value, name in ranked)
        return f"{text}. Log-likelihood over {self.windows[at]:.1f} windows of {periods}: {figures}."

    def to_frame(self) -> pd.DataFrame:
        """Give one row an item: model, reason, windows, gain, and ``log_likelihood_...`` of each candidate."""
        import pandas as pd

        likelihood = {
            f"log_likelihood_{name}": row for name, row in zip(self.candidates, self.log_likelihood, strict=True)
        }
        stated = {"part": self.parts, "place": self.places, "model": self.model, "why": self.reasons()}
        figures = {"windows": self.windows, "window_periods": self.length, "gain": self.gain}
        return pd.DataFrame({**stated, **figures, **likelihood})


def choose_models(
    history: DemandHistory,
    parts: PartMaster,
    *,
    models: Sequence[str] = CANDIDATES,
    default: str = demand.POOLED.name,
    origins: Sequence[float] = ORIGINS,
    odds: float = ODDS,
    review_period: ArrayLike = 1.0,
    policy: str | Sequence[str] | Names = policies.DEFAULT,
    lead_times: Deliveries | LeadTimes | None = None,
) -> Choice:
    """Choose the model of every part-location by the likelihood of its lead-time demand on rolling origins.

    Parameters
    ----------
    history, parts
        As for `reorder_levels`.
    models
        Names of `demand.MODELS` to choose from; `default` is always among them.
    default
        The model of parts for which no other is clearly likelier.
    origins
        Shares of the history after which a window begins, each above 0 and below 1.
    odds
        If the default is right, luck gives one part in `odds` another model at most, 1 or more: another must be as
        many times as likely, times the number of others.
    review_period, policy, lead_times
        As for `reorder_levels`; mean lead time and review interval together, rounded to whole periods, are the length
        of a part's windows. Stock watched all the time has no review interval.

    Returns
    -------
    Choice
        In the order of the history; its `model` goes to ``reorder_levels(..., model=choice.model)``, which
        ``model="chosen"`` does by itself.

    Raises
    ------
    TableError
        If a part of the history is not in the master.
    ConfigError
        If an argument is impossible.

    Notes
    -----
    The default is kept, with a reason, where no window can be seen whole, where nothing was ever demanded, where
    stock-outs cut counts short (what was asked for isn't known) and where a part isn't stocked any more. A window with
    an unobserved period is left out.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[12, 0, 0, 0, 0, 0] * 15], parts=["P1"], first=date(2021, 1, 1))
    >>> choice = choose_models(history, PartMaster.of(["P1"], lead_time_days=30), default="negative_binomial")
    >>> choice.model[0], choice.reasons()[0]
    ('compound_poisson_empirical', 'model chosen by likelihood')
    """
    mine = parts.of_items(history.parts)
    names = tuple(dict.fromkeys((default, *models)))
    asked = [demand.model_named(name) for name in names]
    if not odds >= 1 or not len(origins) or not all(0 < one < 1 for one in origins):
        raise ConfigError(
            "odds is 1 or more, and there is an origin or more, each a share of the history above 0 and below 1"
        )
    always = policies.watched(policies_of(policy, mine.policy))
    review = np.where(always, 0.0, reviews_of(review_period, history))
    lead = lead_times_of(lead_times, history, mine, parts).mean
    length = np.maximum(np.rint(lead + review), 1.0).astype(np.int64)
    rounded = {min(max(round(one * history.n_periods), 1), history.n_periods - 1) for one in origins}
    starts = sorted(one for one in rounded if one > 0)
    known = ~history.censored()
    likelihood, seen = np.zeros((len(names), history.n_items)), np.zeros((len(starts), history.n_items), dtype=bool)
    for number, start in enumerate(starts):
        past = history.before(start)
        ready = learnt(asked, past, mine)
        for items in _blocks(history.n_items):
            whole, found = _windows(history, start, items, length[items])
            here = np.flatnonzero(known[items] & whole)
            at = here + items.start
            if len(at):
                fits = [model.fit(past.take(at)) for model in ready]
                seen[number, at] = True
                likelihood[:, at] += _log_chances(fits, found[here], length[at], np.minimum(review[at], length[at]))
    shared = _most_together(seen, starts, length)
    windows = seen.sum(axis=0) / shared
    likelihood = np.where(seen.any(axis=0), likelihood / shared, np.nan)
    return _decided(history, names, likelihood, windows, length, np.log(odds * max(len(names) - 1, 1)))


def refuse_rate(rate: str | Rate) -> None:
    """Raise ConfigError for a smoothed rate: not every model that is chosen from has one."""
    if rate_named(rate) is not None:
        raise ConfigError("models are chosen at the mean rate: leave the rate out, or name a model")


def _blocks(items: int) -> Iterator[slice]:
    for begin in range(0, items, BLOCK):
        yield slice(begin, min(begin + BLOCK, items))


def _windows(history: DemandHistory, start: int, items: slice, length: Ints) -> tuple[Mask, Floats]:
    """Which items have a whole window of `length` periods after `start`, and the pieces demanded in it."""
    left = history.n_periods - start
    rows = history.counts[start : start + min(int(length.max(initial=1)), left), items]
    running = np.cumsum(rows, axis=0)
    inside = np.minimum(length, len(rows)) - 1
    found = running[inside, np.arange(len(length))]
    return np.asarray((length <= left) & np.isfinite(found)), found


def _log_chances(fits: Sequence[demand.Fit], pieces: Floats, length: Ints, review: Floats) -> Floats:
    """Logarithm of how likely each fit held each item's pieces, shape (fits, items); NaN where it can't say."""
    lead = length - review
    able = np.array([fit.able(lead, review) for fit in fits])
    found = np.full(able.shape, np.nan)
    demands: list[Demand | None] = [None] * len(fits)
    where = [np.flatnonzero(row) for row in able]
    most = pieces.copy()
    for number, (fit, items) in enumerate(zip(fits, where, strict=True)):
        if len(items):
            one = fit.take(items).interval(lead[items], review[items]).protection
            demands[number] = one
            most[items] = np.maximum(most[items], one.mean)
    lot = np.maximum(np.ceil(most / LOT_MEAN), 1.0).astype(np.int64)
    row = np.ceil(pieces / lot - 1e-9).astype(np.int64)
    strange = SURPRISE / ((row + 1.0) * (row + 2.0))
    for number, (told, items) in enumerate(zip(demands, where, strict=True)):
        if told is not None:
            chance = _chances(told, row[items], lot[items])
            found[number, items] = np.log((1.0 - SURPRISE) * np.maximum(chance, 0.0) + strange[items])
    return found


def _chances(one: Demand, row: Ints, lot: Ints) -> Floats:
    """P(D = row lots) of each item; items of like rows together, so that most tables are short."""
    found = np.empty(len(row))
    height = np.ceil(np.log2(row + 1.0)).astype(np.int64)
    for like in np.unique(height).tolist():
        for lots in (False, True):
            items = np.flatnonzero((height == like) & ((lot > 1) == lots))
            if len(items):
                found[items] = _chance(one.take(items), row[items], lot[items], lots)
    return found


def _chance(one: Demand, row: Ints, lot: Ints, lots: bool) -> Floats:
    upto, items = int(row.max()), np.arange(len(row))
    if isinstance(one, Counted) and not lots:  # the table would add up to the probabilities, and shortages besides
        return np.asarray(one.probabilities(upto)[row, items])
    below = one.table(upto, lot)[0]
    return np.asarray(below[row, items] - np.where(row > 0, below[np.maximum(row - 1, 0), items], 0.0))


def _most_together(seen: NDArray[np.bool_], starts: Sequence[int], length: Ints) -> Ints:
    """How many of an item's windows hold the same period, at most; 1 without any."""
    most = np.ones(seen.shape[1], dtype=np.int64)
    for now, start in enumerate(starts):
        together = sum(seen[before] & (starts[before] + length > start) for before in range(now + 1))
        most = np.maximum(most, np.where(seen[now], together, 1))
    return most


def _decided(
    history: DemandHistory, names: tuple[str, ...], likelihood: Floats, windows: Floats, length: Ints, margin: float
) -> Choice:
    """Keep the first model unless another is better by more than `margin`; of equals the first in the list."""
    over = history.lives(UNSTOCKED)
    told = np.isfinite(likelihood[0]) & (history.counts > 0).any(axis=0) & ~over
    gain = np.where(np.isfinite(likelihood) & told, likelihood - likelihood[0], -np.inf)
    gain[0] = 0.0
    best = gain.argmax(axis=0)
    clear = (best > 0) & (gain.max(axis=0) >= margin)
    model = np.array(names, dtype=object)[np.where(clear, best, 0)]
    why = np.where(clear, int(Why.CHOSEN), np.where(told, int(Why.KEPT), int(Why.UNTOLD)))
    return Choice(history.parts, history.places, model, why, names[0], names, likelihood, windows, length)
