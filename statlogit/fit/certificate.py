"""An a-posteriori bound on the distance from the exact maximum.

Let nu be the Newton decrement at the last iterate and c = max_i sqrt(trace x_i' H^-1 x_i). Where c nu < 1 a finite
maximum exists and lies within rho = -log(1 - c nu) / c standard errors of that iterate; the Newton step that is
then taken leaves at most (exp(c rho) - 1) rho. Rounding of the computed score is bounded row by row and added; in
whitened coordinates, where it would grow with the condition number, the score is summed in twofold precision first
(`fit/refine.py`), so the claim is as tight at condition 1e12 as at 1.
Source: the Hessian of a logistic loss changes by at most exp(|x_i' d|) along d (Bach 2010, proposition 1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from statlogit.core.types import Array

MOST_DIGITS = 15.0
PROVED_BELOW = 0.99  # without a maximum c nu is 1 or more; computed, it can come out a few roundings below 1
FEWEST_DIGITS = 1.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of the error of the estimate.

    distance: bound in standard errors (inf where nothing can be certified); exists: a finite maximum is proved;
    digits: correct significant digits of every coefficient that this guarantees, or nan.
    """

    decrement: float
    reach: float
    distance: float
    digits: float
    silence: str = ""  # why nothing is claimed, where that is known beforehand

    @property
    def exists(self) -> bool:
        return self.decrement * self.reach < PROVED_BELOW

    @property
    def sentence(self) -> str:
        """The claim in words."""
        if self.silence:
            return f"{self.silence}; the Newton decrement at the end was {self.decrement:.1e}."
        if not math.isfinite(self.distance):
            return "No bound on the distance from the maximum could be certified."
        claim = f"Every coefficient lies within {self.distance:.1e} standard errors of the exact maximum"
        if not self.digits >= FEWEST_DIGITS:  # nan where every coefficient is zero
            return f"{claim}."
        return f"{claim}: at least {math.floor(self.digits)} correct digits."


def certify(
    decrement: float, reach: float, rounding: float, beta: Array, std_error: Array, *, polished: bool = True
) -> Certificate:
    """Combine truncation and rounding. rounding: bound in standard errors; beta, std_error: flat, nan ignored.

    polished: beta is one Newton step beyond the iterate of this decrement; otherwise it is that iterate itself.
    """
    product = decrement * reach
    if not product < PROVED_BELOW:
        return Certificate(decrement, reach, math.inf, math.nan)
    rho = decrement if product == 0.0 else -math.log1p(-product) / reach
    distance = (math.expm1(reach * rho) * rho if polished else rho) + rounding
    return Certificate(decrement, reach, distance, correct_digits(distance, beta, std_error))


def correct_digits(distance: float, beta: Array, std_error: Array) -> float:
    """Significant digits that every coefficient other than zero has, at this distance in standard errors; or nan."""
    known = np.isfinite(beta) & np.isfinite(std_error) & (beta != 0)
    if not known.any() or not math.isfinite(distance):
        return math.nan
    with np.errstate(divide="ignore"):
        digits = -np.log10(distance * std_error[known] / np.abs(beta[known]) + 2.0**-53)
    return float(min(digits.min(), MOST_DIGITS))
