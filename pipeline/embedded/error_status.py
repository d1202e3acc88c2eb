"""Which HTTP status ClickHouse gives to which of its error codes."""

_STATUS: dict[int, tuple[int, ...]] = {
    # What the statement says cannot be read, or makes no sense.
    400: (6, 26, 27, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 117, 130, 131, 167, 168, 321, 432, 456, 457),
    403: (164, 192, 193, 497, 511, 516),  # not allowed
    404: (46, 47, 50, 60, 73, 81, 113, 115),  # unknown function, column, type, table, format, database, setting
    408: (159,),
    413: (307,),
    501: (48,),
}
_BY_CODE = {code: status for status, codes in _STATUS.items() for code in codes}


def status_of(code: int) -> int:
    """Return the HTTP status for an error code.

    Never one that says "try again" (429, 503, 504): the same query fails the same way.

    >>> status_of(60), status_of(395)
    (404, 500)
    """
    return _BY_CODE.get(code, 500)
