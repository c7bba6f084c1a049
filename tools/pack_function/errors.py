"""What keeps a function from being packed."""


class PackError(Exception):
    """A function cannot be packed as it is; the text says what to change."""
