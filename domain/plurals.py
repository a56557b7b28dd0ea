"""English plurals: "1 shop", "2 shops"."""


def counted(count: int, one: str, several: str = "") -> str:
    """Returns the count with its noun. `several` is the plural, and by default `one` with an s."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
