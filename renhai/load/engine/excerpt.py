"""What is shown of a message."""

from __future__ import annotations


def beginning(data: bytes) -> str:
    """The beginning of a message; what is not UTF-8 is most likely GBK."""
    data = data[:4096]
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        cut = error.start > len(data) - 4  # only the cut goes through a character
        return data.decode("utf-8" if cut else "gb18030", "replace")
