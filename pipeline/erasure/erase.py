"""The erasure of one member: what there is of them, and what is done about it."""

import time
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from pipeline.clickhouse.statements import Layout
from pipeline.erasure import tables
from pipeline.erasure.compacted import channels_with, keys_with
from pipeline.erasure.listed import without_erased
from pipeline.kafka import BulkProducer, check_topics
from pipeline.settings import Settings
from schemas.directory import Member, directory_key
from schemas.erasure import ERASED, PSEUDONYM, Erased, digest
from schemas.errors import CricketsError
from schemas.ids import pseudonym
from schemas.topic import Topic


class ErasureError(CricketsError):
    """A member cannot be erased; the text says why, and what to do."""


@dataclass(frozen=True)
class Plan:
    """Who is to be erased, and what the tables hold of them."""

    member: str  # pseudonym
    rows: dict[str, int]  # table -> rows that name them

    @property
    def digest(self) -> str:
        """Return what says that they are erased."""
        return digest(self.member)


def plan(client: Client, settings: Settings, member: str, workspace: str, key: bytes) -> Plan:
    """Find out what there is of a member: an id as the source gives it, or a pseudonym.

    Raises
    ------
    ErasureError
        It is the name that stands for all who were erased.
    """
    member = member.strip()
    named = member if PSEUDONYM.fullmatch(member) else pseudonym(key, workspace, member)
    if named == ERASED:
        msg = f"{ERASED} stands for everybody who was erased: there is nobody behind it"
        raise ErasureError(msg)
    layout = Layout(settings.clickhouse.database, settings.clickhouse.cluster)
    return Plan(named, tables.count(client, layout, named))


def carry_out(client: Client, settings: Settings, planned: Plan) -> None:
    """Erase a member; once more does no harm, and takes away what has come meanwhile.

    First they are put on the list, so that nothing brings them back; then the workers are told; then the tables are
    rewritten.

    Raises
    ------
    ErasureError
        ClickHouse or the broker did not do it; what was done until then stays done.
    """
    layout = Layout(settings.clickhouse.database, settings.clickhouse.cluster)
    try:
        client.insert("erasures", [(planned.digest,)], column_names=["digest"], database=layout.database)
        if settings.kafka.bootstrap_servers:
            tell_workers(settings, planned)
        tables.erase(client, layout, planned.member)
    except ClickHouseError as error:
        msg = f"ClickHouse did not take {planned.member} out of all tables: run it again. It said: {error}"
        raise ErasureError(msg) from error


def tell_workers(settings: Settings, planned: Plan) -> None:
    """Remove a member from what is compacted and have every partition forget them, in the order of the webhooks."""
    check_topics(settings.kafka)
    erased = Erased(digest=planned.digest, time=time.time())
    channels = channels_with(settings.kafka, planned.member)
    said = {topic: keys_with(settings.kafka, topic, planned.member) for topic in (Topic.FEEDBACK, Topic.ANOMALIES)}
    with BulkProducer(settings.kafka) as producer:
        producer.send(Topic.DIRECTORY, directory_key(erased).encode(), erased.wire())
        producer.send(Topic.DIRECTORY, directory_key(Member(member=planned.member)).encode(), None)
        for channel in without_erased(channels, {planned.digest}):
            producer.send(Topic.DIRECTORY, directory_key(channel).encode(), channel.wire())
        for topic, keys in said.items():
            for key in keys:
                producer.send(topic, key, None)
        producer.flush()  # every worker that meets the erasure in a partition can know of it already
        for partition in range(settings.kafka.partitions):
            producer.send(Topic.WEBHOOKS, b"erased", erased.wire(), partition)
