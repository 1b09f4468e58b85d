"""Which groups may be published, so that no small one can be worked out from the others.

Knows no database: it takes how many people are in each group, and says which groups may show.
"""

from collections.abc import Mapping
from typing import TypeVar

FEWEST = 10  # people in a group that shows, and in whatever is left when it is taken away

Name = TypeVar("Name")


def publishable(groups: Mapping[Name, int], fewest: int = FEWEST) -> list[Name]:
    """The groups that may show, of groups that divide everybody; in the order given.

    A group shows if it has at least `fewest` people, and if those that do not show are together
    nobody or at least `fewest`: else the total minus what shows would tell of a small group. Where
    they are too few, the smallest group that would show is left out as well.
    """
    if sum(groups.values()) < fewest:
        return []
    shown = {name for name, size in groups.items() if size >= fewest}
    while shown and 0 < sum(size for name, size in groups.items() if name not in shown) < fewest:
        shown.remove(min(shown, key=lambda name: groups[name]))
    return [name for name in groups if name in shown]
