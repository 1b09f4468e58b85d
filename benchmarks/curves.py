"""Growth curves as SVG: both axes logarithmic, readable without colour and in the dark."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 470
LEFT, RIGHT, TOP, BOTTOM = 74, 46, 88, 58
# A colour on white, one on black, a dash pattern and a mark for each tool.
LOOKS = (
    ("#0a5fb4", "#7db8f5", "", "circle"),
    ("#0b7a3e", "#62d196", "8 4", "square"),
    ("#a8480a", "#f5a468", "3 3", "triangle"),
    ("#8a2f8f", "#e39ae8", "10 3 2 3", "diamond"),
)
Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """One tool: single elections as `dots`, and sizes of one city joined by a `line`."""

    name: str
    dots: Sequence[Point]
    line: Sequence[Point]

    @property
    def points(self) -> list[Point]:
        """All of them."""
        return [*self.dots, *self.line]


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from `low` to `high`, both powers of ten."""

    low: int
    high: int
    start: float
    end: float

    def place(self, number: float) -> float:
        """Where a number is on the picture."""
        part = (math.log10(number) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)


def chart(
    title: str, across: str, up: str, series: Sequence[Series], written: Callable[[float], str]
) -> str:
    """The picture; `written` puts a number of the upright axis in words."""
    points = [point for one in series for point in one.points]
    x = _axis([p[0] for p in points], LEFT, WIDTH - RIGHT)
    y = _axis([p[1] for p in points], HEIGHT - BOTTOM, TOP)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(_description(across, series, written))}</desc>',
        f"<style>{_style()}</style>",
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
        *_grid(x, y, across, up, written),
    ]
    for number, one in enumerate(series):
        parts += _drawn(number, one, x, y)
        parts += _key(number, one, len(series))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axis(numbers: Sequence[float], start: float, end: float) -> Axis:
    low = math.floor(math.log10(min(numbers)))
    return Axis(low, max(low + 1, math.ceil(math.log10(max(numbers)))), start, end)


def _style() -> str:
    def palette(which: int) -> str:
        return "".join(f".s{n}{{--c:{look[which]}}}" for n, look in enumerate(LOOKS))

    light = ":root{--ink:#1c1c1c;--back:#fff;--grid:#ddd}" + palette(0)
    dark = ":root{--ink:#e8e8e8;--back:#16181d;--grid:#3a3d44}" + palette(1)
    return (
        f"{light}@media(prefers-color-scheme:dark){{{dark}}}"
        "text{font:13px system-ui,sans-serif;fill:var(--ink)}.title{font-size:16px;font-weight:600}"
        ".back{fill:var(--back)}.grid{stroke:var(--grid)}"
        ".line{fill:none;stroke:var(--c);stroke-width:2.5}"
        ".dot{fill:none;stroke:var(--c);stroke-width:1.3}.mark{fill:var(--c)}"
    )


def _grid(x: Axis, y: Axis, across: str, up: str, written: Callable[[float], str]) -> list[str]:
    parts = []
    for power in range(x.low, x.high + 1):
        at = x.place(10**power)
        parts.append(f'<path class="grid" d="M{at} {TOP}V{HEIGHT - BOTTOM}"/>')
        text = f"{10**power:,}"
        parts.append(
            f'<text x="{at}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{text}</text>'
        )
    for power in range(y.low, y.high + 1):
        at = y.place(10.0**power)
        parts.append(f'<path class="grid" d="M{LEFT} {at}H{WIDTH - RIGHT}"/>')
        text = escape(written(10.0**power))
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{text}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">{escape(across)}</text>'
    )
    parts.append(f'<text x="{LEFT}" y="{TOP - 12}">{escape(up)}</text>')
    return parts


def _drawn(number: int, one: Series, x: Axis, y: Axis) -> list[str]:
    dash, shape = LOOKS[number][2:]
    parts = [f'<g class="s{number}">']
    if len(one.line) > 1:
        path = " ".join(f"{x.place(a)},{y.place(b)}" for a, b in one.line)
        parts.append(f'<polyline class="line" stroke-dasharray="{dash}" points="{path}"/>')
    parts += [_mark(shape, "dot", x.place(a), y.place(b)) for a, b in one.dots]
    parts += [_mark(shape, "mark", x.place(a), y.place(b)) for a, b in one.line]
    return [*parts, "</g>"]


def _key(number: int, one: Series, of: int) -> list[str]:
    dash, shape = LOOKS[number][2:]
    at = LEFT + number * (WIDTH - LEFT - RIGHT) / max(of, 3)
    return [
        f'<g class="s{number}"><path class="line" stroke-dasharray="{dash}" d="M{at:g} 48h34"/>',
        _mark(shape, "mark", at + 17, 48),
        f'<text x="{at + 42:g}" y="52">{escape(one.name)}</text></g>',
    ]


def _mark(shape: str, kind: str, x: float, y: float) -> str:
    if shape == "circle":
        return f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="4"/>'
    outline = {
        "square": ((-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)),
        "triangle": ((0, -4.5), (4.5, 3.5), (-4.5, 3.5)),
        "diamond": ((0, -5), (5, 0), (0, 5), (-5, 0)),
    }[shape]
    corners = " ".join(f"{x + a:g},{y + b:g}" for a, b in outline)
    return f'<polygon class="{kind}" points="{corners}"/>'


def _description(across: str, series: Sequence[Series], written: Callable[[float], str]) -> str:
    """What the picture shows, for those who do not see it."""
    told = []
    for one in series:
        (x, y), (far, high) = min(one.points), max(one.points)
        told.append(f"{one.name}: {written(y)} at {x:,.0f}, {written(high)} at {far:,.0f}.")
    return f"By {across}. {' '.join(told)}"
