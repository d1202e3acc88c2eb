import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.normalise.slack_text import asset_tag, measure
from schemas.asset import AssetType
from schemas.event import Traits


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("", Traits()),
        ("Hello World!", Traits(length=12)),
        ("a &lt; b &amp;&amp; c", Traits(length=10)),
        ("<@U1> and <@U2|bob> and <!subteam^S1|@sales>", Traits(length=8, mentions=3)),
        ("<!here> lunch", Traits(length=5, broadcast=True)),
        ("<!channel|@channel> lunch", Traits(length=5, broadcast=True)),
        ("<!date^1392734382^{date}|Feb 18> it was", Traits(length=13)),
        ("see <#C1|sales>", Traits(length=9)),
        ("see <https://example.org/?q=1>", Traits(length=3, link=True)),
        ("see <https://example.org/?q=1|really?>", Traits(length=11, link=True)),
        ("see https://example.org/?q=1", Traits(length=28, link=True)),
        ("call `f(x)?x:y` there", Traits(length=21, code=True)),
        ("```\nwhy?\nhttps://example.org\n``` done", Traits(length=37, code=True)),
        ("Really?", Traits(length=7, question=True)),
        ("Where is it?", Traits(length=12, question=True, ask=AssetType.QUESTION)),
    ],
)
def test_a_text_is_measured_without_its_markup(text: str, traits: Traits) -> None:
    assert measure(text) == traits


def test_a_file_is_a_trait() -> None:
    assert measure("", file=True).file


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("Thumbs up if it helped #asset:podcast-3", "podcast-3"),
        ("(#asset:podcast_3.v2), please", "podcast_3.v2"),
        ("#asset:a", "a"),
        ("#asset:one #asset:two", "one"),
        ("no tag", None),
        ("#asset:", None),
        ("#asset: podcast", None),
        ("my#asset:podcast", None),
        ("<https://example.org/#asset:podcast>", None),
        ("https://example.org/#asset:podcast", None),
        ("#asset:" + "x" * 200, None),
    ],
)
def test_a_tag_names_the_asset(text: str, asset: str | None) -> None:
    assert asset_tag(text) == asset


@given(st.text(alphabet="<>|`@!#&;?a \n:/.", max_size=200))
def test_any_markup_can_be_measured(text: str) -> None:
    measure(text)
    asset_tag(text)
