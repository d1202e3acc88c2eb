"""One insert into ClickHouse, and what its failure means: wait and try again, or the rows are wrong."""

import struct
from collections.abc import Callable

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError

from agents.tables import COLUMNS
from pipeline.clickhouse.chunk import Chunk
from pipeline.clickhouse.client import database_name
from pipeline.settings import ClickHouseSettings
from schemas.errors import CricketsError

_ABOUT_THE_DATA = {
    6,  # CANNOT_PARSE_TEXT
    27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
    38,  # CANNOT_PARSE_DATE
    41,  # CANNOT_PARSE_DATETIME
    53,  # TYPE_MISMATCH
    69,  # ARGUMENT_OUT_OF_BOUND
    70,  # CANNOT_CONVERT_TYPE
    72,  # CANNOT_PARSE_NUMBER
    117,  # INCORRECT_DATA
    131,  # TOO_LARGE_STRING_SIZE
    190,  # SIZES_OF_ARRAYS_DONT_MATCH
    307,  # TOO_MANY_BYTES: half of them may pass
    321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349,  # CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    407,  # DECIMAL_OVERFLOW
    469,  # VIOLATED_CONSTRAINT
}
"""Server errors that the same rows would meet again; every other error may pass, so the rows wait."""

_WHAT_TO_DO = {
    16: "run crickets migrate",  # NO_SUCH_COLUMN_IN_TABLE
    60: "run crickets migrate",  # UNKNOWN_TABLE
    81: "run crickets migrate",  # UNKNOWN_DATABASE
    241: "give ClickHouse more memory, or lower CRICKETS_CLICKHOUSE__BATCH_ROWS",  # MEMORY_LIMIT_EXCEEDED
    242: "a replica is read-only: see system.replicas, and whether Keeper answers",  # TABLE_IS_READ_ONLY
    243: "free space on ClickHouse's disk",  # NOT_ENOUGH_SPACE
    252: "merges lag behind: raise CRICKETS_CLICKHOUSE__BATCH_SECONDS, see system.merges",  # TOO_MANY_PARTS
    497: "grant the user what a writer may (deploy/README.md)",  # ACCESS_DENIED
    516: "check CRICKETS_CLICKHOUSE__USERNAME and CRICKETS_CLICKHOUSE__PASSWORD",  # AUTHENTICATION_FAILED
}
"""What a person can do about an error that does not pass by itself."""

_NOT_SERIALIZABLE = (DataError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError, struct.error)
"""What the driver raises when a value does not fit its column."""

_SETTINGS = {
    "async_insert": 0,  # its deduplication is right only from ClickHouse 26.1 on (#89140)
    "max_partitions_per_insert_block": 0,  # an archive of many years may come in one batch
}


class InsertFailedError(CricketsError):
    """The insert did not happen, for a reason that may pass."""


class RowsRefusedError(CricketsError):
    """At least one of the rows cannot be stored, now or later."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class Writer:
    """Inserts chunks over a connection that is made when it is needed, and made anew after a failure."""

    def __init__(self, settings: ClickHouseSettings, connect: Callable[[], Client]) -> None:
        self._database = database_name(settings)
        self._connect = connect
        self._client: Client | None = None
        self._types: dict[str, list[str]] = {}

    def write(self, chunk: Chunk) -> None:
        """Insert a chunk, once however often it is called with the same one; blocks until it is stored."""
        client = self._client = self._client or self._connect()
        try:
            client.insert(
                chunk.table,
                chunk.columns(),
                database=self._database,
                column_names=COLUMNS[chunk.table],
                column_type_names=self._column_types(client, chunk.table),
                column_oriented=True,
                settings={**_SETTINGS, "insert_deduplication_token": chunk.token},
            )
        except _NOT_SERIALIZABLE as error:
            raise RowsRefusedError(type(error).__name__, _short(error)) from error
        except ClickHouseError as error:
            code = getattr(error, "code", None)
            if code in _ABOUT_THE_DATA:
                self._see_whether_changed(client, chunk.table)
                kind = f"clickhouse_{code}"
                raise RowsRefusedError(kind, _short(error)) from error
            self.close()
            todo = f"{_WHAT_TO_DO[code]}; " if code in _WHAT_TO_DO else ""
            msg = f"ClickHouse does not take rows for {chunk.table}: {todo}{_short(error)}"
            raise InsertFailedError(msg) from error
        except OSError as error:
            self.close()
            msg = f"the connection to ClickHouse broke: {_short(error)}"
            raise InsertFailedError(msg) from error

    def close(self) -> None:
        """Give the connection up."""
        client, self._client = self._client, None
        self._types.clear()
        if client is not None:
            client.close()

    def _see_whether_changed(self, client: Client, table: str) -> None:
        """Raise an error that may pass when the table is no longer what the rows were written for.

        They are not to blame then: every one of them would be put aside.
        """
        known = self._types.pop(table)
        try:
            changed = self._column_types(client, table) != known
        except (ClickHouseError, OSError) as error:
            self.close()
            msg = f"the connection to ClickHouse broke: {_short(error)}"
            raise InsertFailedError(msg) from error
        if changed:
            self.close()  # the types are looked up anew
            msg = f"{self._database}.{table} has changed meanwhile"
            raise InsertFailedError(msg)

    def _column_types(self, client: Client, table: str) -> list[str]:
        if table not in self._types:
            found = client.query(
                "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}",
                parameters={"database": self._database, "table": table},
            ).result_rows
            types = {str(name): str(kind) for name, kind in found}
            if missing := set(COLUMNS[table]) - types.keys():
                msg = f"{self._database}.{table} lacks {', '.join(sorted(missing))}: run the migrations"
                raise InsertFailedError(msg)
            self._types[table] = [types[column] for column in COLUMNS[table]]
        return self._types[table]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
