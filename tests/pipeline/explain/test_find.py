"""What somebody may give to name a prompt, and what they are told when it names none or several."""

import pytest
from clickhouse_connect.driver.client import Client

from pipeline.explain import SeveralPromptsError, UnknownPromptError, find
from tests.factories.records import START, delete, mark, post, react, reply
from tests.pipeline.explain.conftest import Lived

TS = f"{START:.6f}"
DIGITS = TS.replace(".", "")
LINK = f"https://acme.slack.com/archives/C1/p{DIGITS}"


@pytest.fixture
async def several(lived: Lived, database: str) -> str:
    """Two prompts of an asset, one of another, an answer, and a message that is no prompt."""
    await lived(
        post(TS, asset_id="podcast"),
        reply("sales1", 0.1, f"{START + 360:.6f}", TS),
        post(f"{START + 7200:.6f}", author="sales2", hours=2),
        post("later", hours=5, asset_id="podcast"),
        post("other", hours=6, asset_id="riddle"),
        mark(30),
    )
    return database


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (f"slack:C1:{TS}", TS),
        (f"  slack:C1:{TS}\n", TS),
        (LINK, TS),
        (f"{LINK}?thread_ts={TS}&cid=C1", TS),
        ("podcast", "later"),
        ("riddle", "other"),
    ],
)
async def test_it_is_found_by_id_by_link_and_by_asset(client: Client, several: str, asked: str, message: str) -> None:
    meant = find(client, several, asked)
    assert (meant.prompt_id, meant.note) == (f"slack:C1:{message}", "")


@pytest.mark.parametrize("query", ["", f"?thread_ts={TS}&cid=C1"])
async def test_the_link_of_an_answer_leads_to_what_it_answers(client: Client, several: str, query: str) -> None:
    answer = f"{START + 360:.6f}".replace(".", "")
    meant = find(client, several, f"https://acme.slack.com/archives/C1/p{answer}{query}")
    assert meant.prompt_id == f"slack:C1:{TS}"
    assert "reply" in meant.note


async def test_a_message_that_is_no_prompt_is_told_from_one_that_was_never_seen(client: Client, several: str) -> None:
    seen = f"{START + 7200:.6f}".replace(".", "")
    with pytest.raises(UnknownPromptError, match=r"was seen, but it is no prompt.*CRICKETS_PROMPTS__"):
        find(client, several, f"https://acme.slack.com/archives/C1/p{seen}")
    with pytest.raises(UnknownPromptError, match="no prompt and no asset is known as") as unknown:
        find(client, several, f"https://acme.slack.com/archives/C1/p{round(START) + 17_000}000000")
    told = str(unknown.value)
    assert told.index("slack:C1:later") < told.index("slack:C1:other") < told.index(f"slack:C1:{TS}"), "nearest first"


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("podcsat", "podcast"),
        ("POD", "podcast"),
        ("Podcast 12", "podcast  (Podcast 12)"),
        ("slack:C1:nothing", "slack:C1:other"),
    ],
)
async def test_what_is_unknown_is_told_with_what_to_give_and_what_is_near(
    client: Client, several: str, asked: str, near: str
) -> None:
    with pytest.raises(UnknownPromptError) as unknown:
        find(client, several, asked)
    said, _, names = str(unknown.value).partition("Did you mean:")
    assert asked in said and all(word in said for word in ("prompt_id", "link of a Slack message", "asset"))
    assert near in names


async def test_where_nothing_is_near_the_latest_are_named(client: Client, several: str) -> None:
    with pytest.raises(UnknownPromptError, match=r"The latest are:\n  riddle .*\n  podcast "):
        find(client, several, "zzzzzzzz")


async def test_where_nothing_was_recorded_that_is_said(client: Client, database: str) -> None:
    with pytest.raises(UnknownPromptError, match="no prompt has been recorded yet"):
        find(client, database, "podcast")


async def test_of_several_one_has_to_be_chosen(client: Client, several: str, lived: Lived) -> None:
    archive = {"source": "archive", "workspace": "acme"}
    await lived(post(TS, hours=1, asset_id="podcast", **archive), react("ann", 2, TS, **archive), mark(30))
    for asked in ("podcast", LINK):
        with pytest.raises(SeveralPromptsError) as choice:
            find(client, several, asked)
        told = str(choice.value)
        assert f"archive:C1:{TS}  (archive, workspace acme, posted 2026-03-02 10:00 UTC)" in told
        assert "--source" in told and "slack:C1:" in told
        assert find(client, several, asked, source="archive").prompt_id == f"archive:C1:{TS}"
        assert find(client, several, asked, workspace="acme").prompt_id == f"archive:C1:{TS}"
        assert find(client, several, asked, source="slack").prompt_id.startswith("slack:C1:")


async def test_of_an_asset_a_withdrawn_prompt_is_the_last_choice(client: Client, lived: Lived, database: str) -> None:
    await lived(post("a", asset_id="podcast"), post("b", hours=3, asset_id="podcast"), delete("b", 4), mark(30))
    assert find(client, database, "podcast").prompt_id == "slack:C1:a"
