import asyncio
import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from clickhouse_connect.driver.client import Client
from pydantic import SecretStr

from pipeline.clickhouse.client import (
    ClickHouseAccessError,
    ClickHouseAddressError,
    ClickHouseUnreachableError,
    connect,
)
from pipeline.settings import ClickHouseSettings

SETTINGS = ClickHouseSettings(username="writer", password=SecretStr("open sesame"))


def test_a_client_answers_in_moments_with_a_zone(client: Client) -> None:
    moment = client.query("SELECT toDateTime64('2025-05-21 10:00:00', 6, 'UTC')").first_row[0]
    assert moment.isoformat() == "2025-05-21T10:00:00+00:00"


def test_nobody_at_the_address_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:  # bound, not listening: nobody answers here
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ClickHouseUnreachableError, match=f"127.0.0.1:{port}.*CRICKETS_CLICKHOUSE__URL"):
            connect(SETTINGS, f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("url", ["", "localhost:8123", "clickhouse://h:9000", "http://", "u:secret@host"])
def test_an_address_that_cannot_be_right_is_refused(url: str) -> None:
    with pytest.raises(ClickHouseAddressError, match="http"):
        connect(SETTINGS, url)


def test_a_login_in_a_wrong_address_is_not_repeated() -> None:
    with pytest.raises(ClickHouseAddressError) as caught:
        connect(SETTINGS, "tcp://writer:open-sesame@host:9000")
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("database", ["", "a b", "a;b", "1a", "a`b"])
def test_a_database_must_have_a_plain_name(database: str) -> None:
    with pytest.raises(ClickHouseAddressError, match="plain name"):
        connect(ClickHouseSettings(database=database), "http://127.0.0.1:1")


async def test_a_wrong_password_is_said_and_not_repeated() -> None:
    seen: list[str] = []

    async def refuse(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(status=403, text="Code: 516.", headers={"X-ClickHouse-Exception-Code": "516"})

    app = web.Application()
    app.router.add_route("*", "/", refuse)  # what a server answers; the embedded engine has no users
    async with TestServer(app) as server:
        with pytest.raises(ClickHouseAccessError, match=r"writer.*CRICKETS_CLICKHOUSE__PASSWORD") as caught:
            await asyncio.to_thread(connect, SETTINGS, f"http://127.0.0.1:{server.port}")
    assert seen and "sesame" not in str(caught.value)
