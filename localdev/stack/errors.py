"""What keeps the local stack from starting or going on."""


class StackError(Exception):
    """The stack cannot start or go on; the message is for the developer and says what to do."""
