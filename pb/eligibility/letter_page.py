"""How one letter is drawn on its page.

A4 with the address where envelopes with a window show it (DIN 5008, form B; ISO DL and C5/6). In
languages that are read from right to left the body is mirrored; the window stays where it is.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fpdf import FPDF
from PIL import Image

from pb import qr
from pb.eligibility.fonts import FILES
from pb.eligibility.letterhead import Letterhead

if TYPE_CHECKING:
    from pb.eligibility.letters import Letter

FONT = "letter"
MOST_REMEMBERED = 1000  # lines and paragraphs that come again on other letters
DARK = bytes([255, 0]) + bytes(254)  # a dark module is black
INK, QUIET, RED, PALE = (29, 42, 53), (77, 90, 100), (168, 38, 28), (236, 190, 185)
RULE = 150  # grey of the marks where to fold
LEFT, WIDTH, RIGHT = 25.0, 165.0, 125.0  # millimetres
ADDRESS = (25.0, 50.0, 80.0)  # left, top and width of what the window shows
PANEL_TOP, PANEL_HEIGHT, QR_SIZE = 130.0, 42.0, 36.0
MILLIMETRES = 0.3528  # in a point


@dataclass(frozen=True, slots=True)
class Style:
    """How a line looks; `fixed` keeps its place on the page in every language."""

    size: float = 10.5  # points
    bold: bool = False
    color: tuple[int, int, int] = INK
    fixed: bool = False
    once: bool = False  # no other letter has it: not worth remembering


PLAIN, STRONG, HEADING = Style(), Style(bold=True), Style(12, bold=True)
SUBJECT, CODE = Style(15, bold=True), Style(25, bold=True, once=True)
SENDER, RECIPIENT = Style(7, color=QUIET, fixed=True), Style(fixed=True, once=True)
TOWN, NUMBER = Style(bold=True, fixed=True), Style(9, color=QUIET, fixed=True, once=True)
SMALL, STAMP = Style(9, color=QUIET), Style(62, bold=True, color=PALE)
WARNING = Style(10, bold=True, color=RED, fixed=True)


def document(head: Letterhead) -> FPDF:
    """An empty document for letters."""
    made = FPDF(format="A4")
    made.set_auto_page_break(False)
    made.set_margin(0)
    made.c_margin = 0
    for style, file in FILES.items():
        made.add_font(FONT, style, file)
    made.set_title(head.round)
    made.set_lang(head.language)
    return made


class Page:
    """Draws one letter after the other, in one language, onto pages of a document."""

    def __init__(self, document: FPDF, head: Letterhead) -> None:
        self.document, self.head, self.words = document, head, head.words
        self.mirrored = head.words.right_to_left
        self.broken: dict[tuple[str, float, Style], list[str]] = {}
        self.drawn: dict[tuple[float, float, str, float, Style], bytes] = {}

    def draw(self, letter: "Letter") -> None:
        """This letter, on the page that is open."""
        self._window(letter)
        self._marks()
        self._text(LEFT, 100, self.head.say(self.words.subject), SUBJECT, most=2)
        self._text(LEFT, 116, self.head.invitation(letter.area), PLAIN, most=2)
        self._panel(letter)
        self._how()

    def stamp(self) -> None:
        """Make it plain that this page is not a letter."""
        with self.document.rotation(35, 105, 215):
            self._line(45, 225, self.words.specimen, STAMP)
        self._text(RIGHT, 66, self.words.specimen_note, WARNING, width=65)

    def _window(self, letter: "Letter") -> None:
        left, top, width = ADDRESS
        if self.head.sender:
            self._line(left, top - 1, self.head.sender, SENDER, width)
        for place, line in enumerate(letter.address or self.head.holder(letter.number)):
            self._line(left, top + 9 + 5 * place, line, RECIPIENT, width)
        self._text(RIGHT, 47, self.head.town, TOWN, width=65, most=2)
        self._line(RIGHT, 60, self.head.who(letter.number, letter.area), NUMBER, 65)

    def _marks(self) -> None:
        """Where to fold."""
        self.document.set_draw_color(RULE)
        self.document.set_line_width(0.2)
        for height in (105, 210):
            self.document.line(5, height, 9, height)

    def _panel(self, letter: "Letter") -> None:
        """The code in large type, and the same link for phones."""
        self.document.set_draw_color(*INK)
        self.document.set_line_width(0.4)
        self.document.rect(LEFT, PANEL_TOP, WIDTH, PANEL_HEIGHT)
        self._line(LEFT + 6, PANEL_TOP + 10, self.words.code, PLAIN, 116)
        self._line(LEFT + 6, PANEL_TOP + 24, letter.code, CODE, 116)
        scan = f"{self.words.scan} {'←' if self.mirrored else '→'}"
        self._line(LEFT + 6, PANEL_TOP + 36, scan, SMALL, 116)
        left = self._x(LEFT + WIDTH - QR_SIZE - 3, QR_SIZE)
        top = PANEL_TOP + (PANEL_HEIGHT - QR_SIZE) / 2
        self.document.image(picture(letter.link), left, top, w=QR_SIZE, h=QR_SIZE)

    def _how(self) -> None:
        """The same words on every letter."""
        head, words, y = self.head, self.words, PANEL_TOP + PANEL_HEIGHT + 10
        y = self._text(LEFT, y, words.heading, HEADING) + 1.5
        for place, step in enumerate(words.steps, 1):
            self._line(LEFT, y + 3.6, f".{place}" if self.mirrored else f"{place}.", PLAIN, 6)
            y = self._text(LEFT + 7, y, head.say(step), PLAIN, width=WIDTH - 7, most=2) + 1
        if head.opens:
            y = self._text(LEFT, y + 2, head.say(words.dates), STRONG, most=2)
        y = self._text(LEFT, y + 1, words.change, PLAIN)
        y = self._text(LEFT, y + 5, words.desk_heading, HEADING) + 1.5
        y = self._text(LEFT, y, words.desk, PLAIN)
        if head.desk:
            y = self._text(LEFT, y + 1, head.desk, STRONG, most=3)
        self._text(LEFT, y + 3, words.keep, PLAIN)

    def _x(self, x: float, width: float) -> float:
        """Where something that stands at `x` in other languages begins in this one."""
        return 2 * LEFT + WIDTH - x - width if self.mirrored else x

    def _text(
        self, x: float, y: float, text: str, style: Style, *, width: float = WIDTH, most: int = 6
    ) -> float:
        """A paragraph from `y` down, in smaller type where it needs too many lines; its end."""
        for scale in (1, 0.85, 0.7):
            scaled = replace(style, size=style.size * scale)
            lines = self._broken(text, width, scaled)
            if len(lines) <= most:
                break
        step = scaled.size * MILLIMETRES * 1.35
        for place, line in enumerate(lines):
            self._line(x, y + step * (place + 0.75), line, scaled, width)
        return y + step * len(lines)

    def _broken(self, text: str, width: float, style: Style) -> list[str]:
        """The lines of a paragraph, in the order of reading."""
        key = (text, width, style)
        if key not in self.broken:
            _make_room(self.broken)
            self._font(text, style)
            self.broken[key] = self._lines(text, width)
        return self.broken[key]

    def _lines(self, text: str, width: float) -> list[str]:
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.document.get_string_width(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def _line(self, x: float, base: float, text: str, style: Style, width: float = WIDTH) -> None:
        """One line whose letters stand on `base`, in smaller type where it would be too long.

        What comes again is drawn once: its part of the page's stream is copied to the others.
        """
        if style.once:
            self._write(x, base, text, style, width)
            return
        key, stream = (x, base, text, width, style), self._stream()
        if key in self.drawn:
            stream.extend(self.drawn[key])
            return
        _make_room(self.drawn)
        begins = len(stream)
        with self.document.local_context():
            self._write(x, base, text, style, width)
        self.drawn[key] = bytes(stream[begins:])

    def _stream(self) -> bytearray:
        """What has been drawn on the page that is open."""
        return self.document.pages[self.document.page].contents

    def _write(self, x: float, base: float, text: str, style: Style, width: float) -> None:
        self._font(text, style)
        needed = self.document.get_string_width(text)
        if needed > width:
            self.document.set_font_size(style.size * width / needed)
            needed = width
        if self.mirrored and not style.fixed:
            x = self._x(x, width) + width - needed
        if not needs_shaping(text):
            self.document.text(x, base, text)
            return
        height = self.document.font_size  # of a cell, whose text stands 0.8 of it down
        self.document.set_xy(x, base - 0.8 * height)
        self.document.cell(needed, text=text, h=height, align="L")

    def _font(self, text: str, style: Style) -> None:
        self.document.set_font(FONT, "B" if style.bold else "", style.size)
        self.document.set_text_color(*style.color)
        if needs_shaping(text):
            self.document.set_text_shaping(direction="rtl" if self.mirrored else None)
        else:
            self.document.set_text_shaping(False)


def _make_room(remembered: dict) -> None:
    if len(remembered) >= MOST_REMEMBERED:
        remembered.clear()


def needs_shaping(text: str) -> bool:
    """Whether letters must be joined or lines turned around; Latin and Greek do without, faster."""
    return any("\u0590" <= character < "\u1e00" or character >= "\ufb1d" for character in text)


def picture(link: str) -> Image.Image:
    """The picture of a QR code, with its quiet zone."""
    rows = list(qr.make(link).matrix_iter(border=4))
    pixels = b"".join(bytes(row) for row in rows).translate(DARK)
    return Image.frombytes("L", (len(rows), len(rows)), pixels).convert("1")
