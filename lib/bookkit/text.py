"""Text for pages: whatever its origin, made safe to show; tables."""

import re
from collections.abc import Sequence

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Show characters that steer a terminal, or turn the text after them round, as � each."""
    return _STEERING.sub("\ufffd", text)


def pipe_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table, the last one blank; cells are MyST."""
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]
