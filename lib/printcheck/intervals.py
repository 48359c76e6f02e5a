"""Interval arithmetic: what a printed number can have been before it was rounded.

Every operation rounds outward by a floating-point step, so that the result holds the true value
(Moore, Kearfott and Cloud, 2009, Introduction to Interval Analysis).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Interval:
    """A closed interval ``[lo, hi]``; the ends may be infinite."""

    lo: float
    hi: float

    def __post_init__(self) -> None:
        if not self.lo <= self.hi:
            raise ValueError(f"not an interval: [{self.lo}, {self.hi}]; give the lower end first")

    @classmethod
    def from_printed(cls, printed: str, decimals: int) -> Interval:
        """All values that round to the string: half a unit of its last decimal either side.

        ``-0.000`` gives ``[-0.0005, 0]``; ``0.000`` leaves the sign open, as some programs do not
        print the minus of a rounded zero. A count (``decimals=0``) is exact. Raises ValueError if
        the string, a number with a point, does not have that many decimals.
        """
        if len(printed.partition(".")[2]) != decimals:
            raise ValueError(f"{printed!r} does not show {decimals} decimals; correct either one")
        value = Decimal(printed)
        if decimals == 0:
            return cls(float(value), float(value))
        half = Decimal(5).scaleb(-decimals - 1)
        whole = outward(float(value - half), float(value + half))
        return cls(whole.lo, 0.0) if printed.startswith("-") and value == 0 else whole

    def __add__(self, other: Interval | float) -> Interval:
        other = as_interval(other)
        return outward(self.lo + other.lo, self.hi + other.hi)

    def __neg__(self) -> Interval:
        return Interval(-self.hi, -self.lo)

    def __sub__(self, other: Interval | float) -> Interval:
        return self + -as_interval(other)

    def __mul__(self, other: Interval | float) -> Interval:
        other = as_interval(other)
        # 0 times an unbounded end is 0: the end is a limit, never a value
        ends = [a * b if a and b else 0.0 for a in self.ends for b in other.ends]
        return outward(min(ends), max(ends))

    def __truediv__(self, other: Interval | float) -> Interval:
        other = as_interval(other)
        if other.lo < 0 < other.hi or other.ends == (0, 0):
            return Interval(-math.inf, math.inf)
        low = 1 / other.hi if other.hi else -math.inf
        high = 1 / other.lo if other.lo else math.inf
        return self * outward(low, high)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> Interval:
        return -self + other

    def __abs__(self) -> Interval:
        if self.lo <= 0 <= self.hi:
            return Interval(0.0, max(-self.lo, self.hi))
        return self if self.lo > 0 else -self

    def __and__(self, other: Interval) -> Interval | None:
        """Intersection, or None if the intervals have no value in common."""
        lo, hi = max(self.lo, other.lo), min(self.hi, other.hi)
        return Interval(lo, hi) if lo <= hi else None

    def __contains__(self, value: float) -> bool:
        return self.lo <= value <= self.hi

    def __format__(self, spec: str) -> str:
        """Both ends in the given format, or one value where they print alike."""
        low, high = (format(end, spec).replace("-", "−") for end in self.ends)
        return low if low == high else f"{low} to {high}"

    def __repr__(self) -> str:
        return f"[{self.lo:.4g}, {self.hi:.4g}]"

    @property
    def middle(self) -> float:
        """Half way between the ends; of a printed number, the number as it stands."""
        return (self.lo + self.hi) / 2

    @property
    def ends(self) -> tuple[float, float]:
        """Lower and upper end."""
        return self.lo, self.hi

    def map(self, increasing: Callable[[float], float]) -> Interval:
        """Image under an increasing function, such as ``math.log`` or ``math.exp``."""
        low, high = (increasing(end) for end in self.ends)
        return outward(*outward(low, high).ends)  # such functions err by up to one step more

    def square(self) -> Interval:
        """Square; narrower than ``self * self``, which forgets that both factors are one."""
        return abs(self).map(lambda end: end * end)

    def sqrt(self) -> Interval:
        """Square roots of the values that have one."""
        return Interval(max(self.lo, 0.0), self.hi).map(math.sqrt)


def outward(lo: float, hi: float) -> Interval:
    """Make an interval one floating-point step wider at both ends."""
    return Interval(math.nextafter(lo, -math.inf), math.nextafter(hi, math.inf))


def as_interval(value: Interval | float) -> Interval:
    """Take an interval as it is, a number as the interval that holds it alone."""
    return value if isinstance(value, Interval) else Interval(float(value), float(value))
