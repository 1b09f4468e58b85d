"""Links as QR codes, for the cameras of phones."""

import segno
from markupsafe import Markup

# Of eight masks, and always the same: to find out which is the most even takes longer than the
# page or the letter around the code.
MASK = 2


def make(link: str) -> segno.QRCode:
    """The QR code of a link; still readable where a seventh of it is not."""
    return segno.make(link, error="m", micro=False, mask=MASK)


def svg(link: str) -> Markup:
    """The QR code as a picture that stands in the page itself."""
    return Markup(make(link).svg_inline(border=2, svgclass="app-qr", omitsize=True))  # noqa: S704 (no text)
