"""Choosing few combinations that cover every pair of options."""

import random
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

# Tries per combination: more of them find fewer combinations, and take longer.
CANDIDATES: Final = 10
# The seed that found the fewest combinations for today's questions; any other is valid.
SEED: Final = 1

type Pair[T] = tuple[tuple[str, T], tuple[str, T]]


def all_pairs[T](options: "Mapping[str, Sequence[T]]") -> list[dict[str, T]]:
    """Cover every pair of values of two different options, greedily.

    Args:
        options: The values of each option.

    Returns:
        Combinations, each with a value for every option; the same for the same input.
    """
    # A dictionary keeps its order, a set would choose differently at each run.
    missing: dict[Pair[T], None] = dict.fromkeys(
        ((one, value), (other, partner))
        for one, other in combinations(options, 2)
        for value, partner in product(options[one], options[other])
    )
    chance = random.Random(SEED)  # noqa: S311
    chosen: list[dict[str, T]] = []
    while missing:
        candidates = [candidate(options, missing, chance) for _ in range(CANDIDATES)]
        best = max(candidates, key=lambda row: covered(row, options, missing))
        for pair in pairs_of(best, options):
            missing.pop(pair, None)
        chosen.append(best)
    return chosen


def candidate[T](
    options: "Mapping[str, Sequence[T]]",
    missing: "Collection[Pair[T]]",
    chance: random.Random,
) -> dict[str, T]:
    """Extend one missing pair by the values that cover most missing pairs.

    Args:
        options: The values of each option.
        missing: Pairs that no combination covers yet.
        chance: Chooses the first pair and the order of the options.

    Returns:
        A value for every option.
    """
    row = dict(chance.choice(list(missing)))
    names = [name for name in options if name not in row]
    chance.shuffle(names)
    for name in names:
        values = chance.sample(options[name], len(options[name]))
        row[name] = max(
            values,
            key=lambda value: covered({**row, name: value}, options, missing),
        )
    return row


def covered[T](
    row: "Mapping[str, T]",
    options: "Mapping[str, Sequence[T]]",
    missing: "Collection[Pair[T]]",
) -> int:
    """Count the missing pairs that a combination covers.

    Args:
        row: Values of some or all options.
        options: All options.
        missing: Pairs that no other combination covers.

    Returns:
        Their number.
    """
    return sum(pair in missing for pair in pairs_of(row, options))


def pairs_of[T](
    row: "Mapping[str, T]", options: "Mapping[str, Sequence[T]]"
) -> list[Pair[T]]:
    """List the pairs that a combination covers.

    Args:
        row: Values of some or all options.
        options: All options; their order is the order inside a pair.

    Returns:
        Each pair of options with their values.
    """
    return list(combinations([(name, row[name]) for name in options if name in row], 2))
