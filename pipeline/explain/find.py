"""Find the prompt that somebody means: by its id, by the link of its message, or by its asset."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qs, urlsplit

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.ask import ask
from schemas.errors import CricketsError

_HELP = (
    "Give a prompt_id as the tables show it (source:conversation:message), the link of a Slack message "
    "(https://<workspace>.slack.com/archives/C123/p1700000000123456), or the id of an asset"
)
_PERMALINK = re.compile(r"/archives/([A-Za-z0-9]+)/p(\d{7,})")
_ASSETS_COMPARED = 2_000
_NEAR = 5

_BY_ID = """
SELECT prompt_id FROM {database}.prompts FINAL WHERE prompt_id = {asked:String}
"""
_BY_MESSAGE = """
SELECT prompt_id, source, workspace, posted_at FROM {database}.prompts FINAL
WHERE conversation = {conversation:String} AND message IN {messages:Array(String)}
ORDER BY posted_at DESC, prompt_id
"""
_BY_ASSET = """
SELECT
    argMax(p.prompt_id, (p.status != 'withdrawn', p.posted_at, p.prompt_id)) AS prompt_id, source, workspace,
    max(p.posted_at) AS posted_at
FROM (SELECT * FROM {database}.prompts FINAL) AS p
WHERE asset_id = {asked:String}
    AND ({source:String} = '' OR source = {source:String})
    AND ({workspace:String} = '' OR workspace = {workspace:String})
GROUP BY source, workspace
ORDER BY posted_at DESC, source, workspace
"""
_EVENT = """
SELECT any(thread) AS thread FROM {database}.events FINAL
WHERE conversation = {conversation:String} AND message IN {messages:Array(String)} AND kind = 'message_posted'
HAVING count() > 0
"""
_ASSETS = """
SELECT p.asset AS asset, any(a.title) AS title
FROM (SELECT asset, max(posted_at) AS latest FROM {database}.prompts FINAL GROUP BY asset) AS p
LEFT JOIN (SELECT asset, title FROM {database}.anomalies FINAL) AS a ON a.asset = p.asset
GROUP BY asset ORDER BY max(p.latest) DESC LIMIT {limit:UInt32}
"""
_NEAREST = """
SELECT prompt_id FROM {database}.prompts FINAL
WHERE conversation = {conversation:String} AND ({source:String} = '' OR source = {source:String})
ORDER BY abs(toFloat64(posted_at) - {time:Float64}), prompt_id LIMIT {limit:UInt32}
"""


class UnknownPromptError(CricketsError):
    """Nothing in the tables is called like that; the text says what to give, and what comes near."""


class SeveralPromptsError(CricketsError):
    """More than one prompt is meant; the text lists them."""


@dataclass(frozen=True)
class Meant:
    """The prompt that was meant; `note` says why it is another one than was named."""

    prompt_id: str
    note: str = ""


@dataclass(frozen=True)
class Link:
    """What a Slack permalink says: where a message stands, and the thread that it is in."""

    conversation: str
    messages: tuple[str, ...]


def read_permalink(text: str) -> Link | None:
    """Read the link of a Slack message; None: it is none. That of a reply names the thread's root, too.

    >>> read_permalink("https://acme.slack.com/archives/C1/p1700000000123456")
    Link(conversation='C1', messages=('1700000000.123456',))
    >>> read_permalink("https://acme.slack.com/archives/C1/p1700000000123456?thread_ts=1699999999.000100&cid=C1").messages
    ('1700000000.123456', '1699999999.000100')
    >>> read_permalink("slack:C1:1700000000.123456") is None
    True
    """
    address = urlsplit(text)
    match = _PERMALINK.search(address.path)
    if address.scheme not in ("http", "https") or match is None:
        return None
    digits = match[2]
    return Link(match[1], (f"{digits[:-6]}.{digits[-6:]}", *parse_qs(address.query).get("thread_ts", ())))


def find(client: Client, database: str, asked: str, *, source: str = "", workspace: str = "") -> Meant:
    """Return the prompt that is meant; of an asset its latest one, a withdrawn one if there is no other.

    Raises
    ------
    UnknownPromptError
        There is none.
    SeveralPromptsError
        There are several: an asset of the same id, or a channel of the same id, in several sources or workspaces.
    """
    asked = asked.strip()
    if link := read_permalink(asked):
        return _by_link(client, database, asked, link, source, workspace)
    if ask(client, database, _BY_ID, {"asked": asked}):
        return Meant(asked)
    found = ask(client, database, _BY_ASSET, {"asked": asked, "source": source, "workspace": workspace})
    if not found:
        raise UnknownPromptError(_not_found(client, database, asked))
    return Meant(_only(asked, found))


def _by_link(client: Client, database: str, asked: str, link: Link, source: str, workspace: str) -> Meant:
    wanted = {"conversation": link.conversation, "messages": list(link.messages)}
    if found := _here(ask(client, database, _BY_MESSAGE, wanted), source, workspace):
        return Meant(_only(asked, found), _note(found[0]["prompt_id"], link))
    events = ask(client, database, _EVENT, wanted)
    if not events:
        raise UnknownPromptError(_unknown(asked, _nearest(client, database, link.conversation, link.messages[0], "")))
    if root := events[0]["thread"]:
        found = _here(ask(client, database, _BY_MESSAGE, wanted | {"messages": [root]}), source, workspace)
        if found:
            return Meant(_only(asked, found), _note(found[0]["prompt_id"], link))
    msg = (
        f"the message of {asked} was seen, but it is no prompt: only what the rules name is one (crickets settings, "
        "CRICKETS_PROMPTS__...), and at that time they did not name it"
    )
    raise UnknownPromptError(msg)


def _note(prompt_id: str, link: Link) -> str:
    return "" if prompt_id.endswith(f":{link.messages[0]}") else "The link is that of a reply; this is what it answers."


def _here(rows: Iterable[dict[str, Any]], source: str, workspace: str) -> list[dict[str, Any]]:
    return [row for row in rows if source in ("", row["source"]) and workspace in ("", row["workspace"])]


def _only(asked: str, rows: Sequence[dict[str, Any]]) -> str:
    if len(rows) == 1:
        return str(rows[0]["prompt_id"])
    lines = []
    for row in rows:
        where = f"{row['source']}, workspace {row['workspace'] or 'without a name'}"
        lines.append(f"  {row['prompt_id']}  ({where}, posted {row['posted_at']:%Y-%m-%d %H:%M %Z})")
    msg = f"{asked} may be one of several; name the one (or add --source, --workspace):\n" + "\n".join(lines)
    raise SeveralPromptsError(msg)


def _unknown(asked: str, near: Sequence[str], told: str = "Did you mean:") -> str:
    said = f"no prompt and no asset is known as {asked!r}. {_HELP}."
    return said + (f"\n{told}\n" + "\n".join(f"  {name}" for name in near) if near else "")


def _not_found(client: Client, database: str, asked: str) -> str:
    """Name what is spelt like it: assets by id or title; of something like a prompt_id, prompts of about that time."""
    source, _, rest = asked.partition(":")
    conversation, _, message = rest.rpartition(":")
    if conversation and (found := _nearest(client, database, conversation, message, source)):
        return _unknown(asked, found)
    rows = ask(client, database, _ASSETS, {"limit": _ASSETS_COMPARED})
    if not rows:
        return f"no prompt has been recorded yet in database {database}, so there is nothing to explain"
    called = {name.casefold(): row for row in rows for name in (row["title"], row["asset"]) if name}
    wanted = asked.casefold()
    names = [name for name in called if wanted and wanted in name] + get_close_matches(wanted, called, _NEAR, 0.6)
    near = list(dict.fromkeys(map(_called, (called[name] for name in names))))[:_NEAR]
    return _unknown(asked, near) if near else _unknown(asked, [*map(_called, rows[:_NEAR])], "The latest are:")


def _called(row: dict[str, str]) -> str:
    return row["asset"] + (f"  ({row['title']})" if row["title"] else "")


def _nearest(client: Client, database: str, conversation: str, message: str, source: str) -> list[str]:
    """Return the prompts of a conversation that were posted nearest in time; of ids that are no times the latest."""
    try:
        time = float(message)
    except ValueError:
        time = 4e9
    wanted = {"conversation": conversation, "source": source, "time": time, "limit": _NEAR}
    return [row["prompt_id"] for row in ask(client, database, _NEAREST, wanted)]
