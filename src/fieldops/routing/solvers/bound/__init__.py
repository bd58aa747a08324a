"""A proof of how good a plan is: a lower bound on cost at equal worth, by column generation."""

from fieldops.routing.solvers.bound.certificate import Bound as Bound
from fieldops.routing.solvers.bound.rehearse import rehearsed as rehearsed
from fieldops.routing.solvers.bound.repricing import price_piece as price_piece
from fieldops.routing.solvers.bound.repricing import reprice as reprice
from fieldops.routing.solvers.bound.root import bound as bound
