"""The one root of all errors that Crickets raises on purpose."""


class CricketsError(Exception):
    """Something Crickets can explain: its text says what is wrong and what to do."""
