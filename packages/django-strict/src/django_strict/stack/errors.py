"""What can go wrong with the stack, as a sentence for the person at the terminal."""


class StackError(Exception):
    """The stack cannot do what was asked; the message says why and what helps."""
