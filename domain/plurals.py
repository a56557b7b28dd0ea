"""How a count is said in English: "1 shop", "2 shops"."""


def counted(count: int, one: str, several: str = "") -> str:
    """The count with its noun. `several` is needed where the plural isn't made with an s alone."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
