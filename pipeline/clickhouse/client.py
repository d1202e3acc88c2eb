"""The one way to ClickHouse: its HTTP interface, whether a server or the embedded engine stands behind it."""

import logging
import re
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from pipeline.settings import ClickHouseSettings
from schemas.errors import CricketsError

_REFUSED_LOGIN = {193, 194, 516}  # WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


class ClickHouseUnreachableError(CricketsError):
    """Nobody answers at ClickHouse's address: the same thing may succeed later."""


class ClickHouseAccessError(CricketsError):
    """ClickHouse answers, but does not take this user and password."""


class ClickHouseAddressError(CricketsError):
    """The address or the name of the database cannot be right."""


def connect(settings: ClickHouseSettings, url: str, *, timeout: float = 30.0) -> Client:
    """Return a client of `url`; TLS when it begins with https.

    It names no database of its own, since that may not exist before the migrations, and keeps no session, so that
    several threads may use it.
    """
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # we say what went wrong, and what to do
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        msg = f"ClickHouse's address must look like http(s)://host:port, not {_without_login(url)!r}"
        raise ClickHouseAddressError(msg)
    database_name(settings)
    secure = address.scheme == "https"
    where = f"{address.scheme}://{address.hostname}:{address.port or (8443 if secure else 8123)}"
    try:
        return clickhouse_connect.get_client(
            interface=address.scheme,
            host=address.hostname,
            port=address.port or (8443 if secure else 8123),
            secure=secure,
            username=settings.username,
            password=settings.password.get_secret_value(),
            autogenerate_session_id=False,
            connect_timeout=min(10, timeout),
            send_receive_timeout=timeout,
            tz_mode="aware",
        )
    except ClickHouseError as error:
        if getattr(error, "code", None) in _REFUSED_LOGIN:
            msg = (
                f"ClickHouse at {where} does not accept user {settings.username!r} with this password: "
                "check CRICKETS_CLICKHOUSE__USERNAME and CRICKETS_CLICKHOUSE__PASSWORD"
            )
            raise ClickHouseAccessError(msg) from error
        if isinstance(error, OperationalError):
            raise ClickHouseUnreachableError(_unreachable(where)) from error
        msg = f"ClickHouse at {where} answers with an error: {error}"
        raise ClickHouseUnreachableError(msg) from error
    except OSError as error:
        raise ClickHouseUnreachableError(_unreachable(where)) from error


def database_name(settings: ClickHouseSettings) -> str:
    """Return the database's name once it is known to be one: it stands in statements that take no parameters."""
    if not _IDENTIFIER.fullmatch(settings.database):
        msg = f"clickhouse.database must be a plain name of letters, digits and _, not {settings.database!r}"
        raise ClickHouseAddressError(msg)
    return settings.database


def _unreachable(where: str) -> str:
    return f"ClickHouse does not answer at {where}: start it, or correct CRICKETS_CLICKHOUSE__URL"


def _without_login(url: str) -> str:
    """Leave out what stands before an @: it may be a password."""
    return re.sub(r"(?<=//)[^/]*@", "", url)
