"""The fonts of letters: DejaVu Sans, without the characters that no language of ours needs."""

from pathlib import Path

HERE = Path(__file__).parent
FILES = {"": HERE / "DejaVuSans.ttf", "B": HERE / "DejaVuSans-Bold.ttf"}  # by style
