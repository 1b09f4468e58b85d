"""Reading a QR code back, far enough for the links of letters: bytes, one mask, no damage."""

from collections.abc import Iterator

from PIL import Image
from segno import consts

BORDER = 4


def read(picture: Image.Image) -> str:
    """The text in the picture of a QR code that has one pixel for each module."""
    side = picture.width - 2 * BORDER
    dark = [
        [not picture.getpixel((BORDER + column, BORDER + row)) for column in range(side)]
        for row in range(side)
    ]
    version = (side - 17) // 4
    bits = "".join(str(int(dark[r][c] ^ (c % 3 == 0))) for r, c in _path(version, side))
    words = [int(bits[n : n + 8], 2) for n in range(0, len(bits) - 7, 8)]
    data = _in_order(words, version)
    stream = "".join(f"{word:08b}" for word in data)
    assert stream[:4] == "0100", "bytes"
    wide = 8 if version < 10 else 16
    length = int(stream[4 : 4 + wide], 2)
    text = stream[4 + wide : 4 + wide + 8 * length]
    return bytes(int(text[n : n + 8], 2) for n in range(0, len(text), 8)).decode()


def _in_order(words: list[int], version: int) -> list[int]:
    """The data words, which stand in the code dealt out over its blocks."""
    groups = consts.ECC[version][consts.ERROR_LEVEL_M]
    sizes = [group.num_data for group in groups for _ in range(group.num_blocks)]
    blocks, waiting = [[] for _ in sizes], iter(words)
    for place in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if place < size:
                block.append(next(waiting))
    return [word for block in blocks for word in block]


def _path(version: int, side: int) -> Iterator[tuple[int, int]]:
    """The modules that hold words, in their order: up and down in pairs of columns."""
    upwards = True
    for right in (column for column in range(side - 1, 0, -2)):
        right -= right <= 6
        for row in reversed(range(side)) if upwards else range(side):
            for column in (right, right - 1):
                if not _reserved(version, side, row, column):
                    yield row, column
        upwards = not upwards


def _reserved(version: int, side: int, row: int, column: int) -> bool:
    """Whether a module belongs to the patterns that every code has."""
    if row == 6 or column == 6:
        return True
    if (row < 9 and (column < 9 or column >= side - 8)) or (row >= side - 8 and column < 9):
        return True
    if version >= 7 and ((row < 6 and column >= side - 11) or (column < 6 and row >= side - 11)):
        return True
    places = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    corners = {(6, 6), (6, side - 7), (side - 7, 6)}
    return any(
        abs(row - r) <= 2 and abs(column - c) <= 2
        for r in places
        for c in places
        if (r, c) not in corners
    )
