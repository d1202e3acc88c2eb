"""Who is erased: what is loaded, replayed, filled in later or read from another broker is held against this list."""

from collections.abc import Iterable, Iterator, Set

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from pipeline.clickhouse.ask import ask
from pipeline.clickhouse.client import ClickHouseUnreachableError, connect
from pipeline.settings import Settings
from pipeline.stack import running_clickhouse
from schemas.directory import Channel, DirectoryRecord, Member
from schemas.erasure import digest

_LISTED = "SELECT DISTINCT digest FROM {database}.erasures"


def listed(client: Client, database: str) -> frozenset[str]:
    """Return the digests of the members who were erased."""
    return frozenset(str(row["digest"]) for row in ask(client, database, _LISTED, {}))


def erased_members(settings: Settings) -> frozenset[str]:
    """Ask ClickHouse, the server or the embedded engine, for the digests of the members who were erased."""
    with running_clickhouse(settings) as url:
        return erased_by(settings, url)


def erased_by(settings: Settings, url: str) -> frozenset[str]:
    """Ask ClickHouse at `url`, which is migrated, for the digests of the members who were erased.

    Raises
    ------
    ClickHouseUnreachableError
        It does not tell: the same thing may succeed later.
    """
    client = connect(settings.clickhouse, url)
    try:
        return listed(client, settings.clickhouse.database)
    except ClickHouseError as error:
        msg = f"ClickHouse does not tell who was erased, without which no worker may begin. It said: {error}"
        raise ClickHouseUnreachableError(msg) from error
    finally:
        client.close()


def without_erased(records: Iterable[DirectoryRecord], erased: Set[str]) -> Iterator[DirectoryRecord]:
    """Give a directory without the members who were erased."""
    for record in records:
        if isinstance(record, Member) and digest(record.member) in erased:
            continue
        if erased and isinstance(record, Channel):
            members = tuple(member for member in record.members if digest(member) not in erased)
            yield record.model_copy(update={"members": members})
        else:
            yield record
