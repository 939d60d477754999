"""Tables of codes and field names are written as running text, not as columns of quoted strings."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())
