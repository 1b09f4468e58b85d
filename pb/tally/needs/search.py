"""Find a number that is enough while one less is not, asking as seldom as possible.

Rules need not be monotone: a project can win with 5 more votes, lose with 6 and win with 7. What
the search returns is a boundary all the same, since both numbers beside it have been asked.
"""

from collections.abc import Callable

HINTS = 3
# How far below a number that is enough the next one is asked: one, 1/64 of what is open, and on.
SHIFTS = (1000, 6, 4, 2, 1)


Hint = Callable[[int], int | None]


def boundary(
    enough: Callable[[int], bool],
    most: int,
    hint: Hint,
    start: int,
    surplus: Hint = lambda k: None,
) -> int | None:
    """A number in 1…`most` that is enough while one less is not; 0 is known not to be enough.

    `hint(k)` guesses how much more is needed where `k` is not enough, `surplus(k)` how much of
    `k` was too much where it is; None where they have no idea. Without a hint, `start` is asked
    first. None: no number that was asked is enough, `most` among them.
    """
    found = _climb(enough, most, hint, start)
    return None if found is None else _close(enough, *found, hint, surplus)


def _climb(
    enough: Callable[[int], bool], most: int, hint: Hint, start: int
) -> tuple[int, int] | None:
    """A number that is not enough and a greater one that is."""
    lacking, failures = 0, 0
    while lacking < most:
        # After two wrong guesses the leaps grow by themselves, whatever the guesses say.
        shift = 10 - 2 * failures
        leap = 0 if failures < 2 else lacking >> shift if shift > 0 else lacking << -shift
        guess = hint(lacking)
        guess = max(start, lacking) if guess is None else guess
        asked = min(most, lacking + max(guess, leap, 1))
        if enough(asked):
            return lacking, asked
        lacking, failures = asked, failures + 1
    return None


def _close(
    enough: Callable[[int], bool], lacking: int, found: int, hint: Hint, surplus: Hint
) -> int:
    """Narrow the gap between a number that is not enough and one that is to one."""
    hints, place = HINTS, 0
    asked = _below(lacking, found, surplus(found), place)
    while found - lacking > 1:
        if enough(asked):
            found, place = asked, min(place + 1, len(SHIFTS) - 1)
            asked = _below(lacking, found, surplus(found), place)
            continue
        lacking = asked
        guess = hint(lacking) if hints else None
        hints -= 1 if hints else 0
        if guess is not None and lacking + max(guess, 1) < found:
            asked, place = lacking + max(guess, 1), -1
        else:
            asked, place = (lacking + found) // 2, len(SHIFTS) - 1
    return found


def _below(lacking: int, found: int, surplus: int | None, place: int) -> int:
    """What to ask below a number that is enough: without its surplus, one less, or much less."""
    gap = found - lacking
    surplus = surplus if surplus is not None and surplus < gap else 1
    return found - max(surplus, 1, gap >> SHIFTS[place])


def least(enough: Callable[[int], bool], found: int, checks: int) -> tuple[int, bool]:
    """The least number that is enough, if at most `checks` lie below; whether it is proven."""
    if found - 1 > checks:
        return found, False
    return next((k for k in range(1, found) if enough(k)), found), True
