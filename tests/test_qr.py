"""A camera reads the links that stand on pages and in letters."""

import re

import pytest
from PIL import Image

from pb import qr
from tests.eligibility import qr as reader

LINK = "https://budget.example.org/rounds/city-2026/receipts#ABCD-EFGH-JKMN-PQRS-T"


@pytest.mark.parametrize("link", [LINK, "https://b.example/w/ABCDEF", LINK + "x" * 90])
def test_a_phone_reads_the_link(link):
    rows = list(qr.make(link).matrix_iter(border=4))
    picture = Image.new("L", (len(rows), len(rows)))
    picture.putdata([0 if dark else 255 for row in rows for dark in row])
    assert reader.read(picture) == link


def test_the_picture_on_a_page_needs_no_style_and_grows_with_the_page():
    picture = qr.svg(LINK)
    assert re.match(r'<svg [^>]*viewBox="0 0 \d+ \d+"[^>]*class="app-qr"', picture)
    assert "style=" not in picture and " width=" not in picture.partition(">")[0]
