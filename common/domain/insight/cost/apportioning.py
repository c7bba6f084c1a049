"""Divides a whole number into whole parts that add up to it."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def rounded(exact: Fraction) -> int:
    """The nearest whole number; of two, the even one."""
    return round(exact)


def apportion(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Parts of `total` in the proportions of `shares`, by the largest remainder; they add up to `total`.

    The shares are not negative. If all are 0, so is the total, or a ValueError is raised.
    """
    whole = sum(shares, Fraction())
    if not whole:
        if total:
            raise ValueError(f"{total} cannot be divided among shares of nothing")
        return [0] * len(shares)
    exact = [total * share / whole for share in shares]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def over_one_denominator(values: Sequence[Fraction]) -> tuple[list[int], int]:
    """The numerators of the values over a common denominator, so that whole numbers can stand for them."""
    denominator = lcm(*(value.denominator for value in values))
    return [value.numerator * (denominator // value.denominator) for value in values], denominator
