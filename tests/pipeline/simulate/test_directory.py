"""The directory of a story, as records and as files, says the same."""

import csv
from pathlib import Path

import pytest

from pipeline.directory.briefs import read_briefs
from pipeline.simulate import simulate
from schemas.directory import DIRECTORY, Brief, Channel, Member, directory_key
from schemas.ids import pseudonym

KEY = b"0123456789abcdef"


def test_records_are_pseudonymous_and_unique_by_key() -> None:
    story = simulate(1)
    records = story.directory(KEY)
    assert len({directory_key(record) for record in records}) == len(records)
    raw = {person.user for person in story.people} | {story.bot.user}
    for record in records:
        text = record.wire().decode()
        assert not any(user in text for user in raw)
        assert DIRECTORY.validate_json(record.wire()) == record


def test_who_is_staff_and_who_is_a_bot() -> None:
    story = simulate(1)
    members = [record for record in story.directory(KEY) if isinstance(record, Member)]
    assert sum(member.staff for member in members) == 3
    (bot,) = [member for member in members if member.bot]
    assert bot.member == pseudonym(KEY, story.team_id, story.bot.user)
    personas = {member.persona for member in members if not member.staff and not member.bot}
    assert personas == {"field_sales", "engineers", "new_hires", "managers"}


@pytest.mark.parametrize("persona", ["field_sales", "engineers", "new_hires", "managers"])
def test_personas_have_eight_to_forty_members_in_several_zones(persona: str) -> None:
    people = [person for person in simulate(1).people if person.persona == persona]
    assert 8 <= len(people) <= 40
    assert len({person.hours.zone for person in people}) >= 2


def test_the_bot_is_in_no_channel_so_that_reach_counts_people() -> None:
    story = simulate(1)
    assert all(story.bot.user not in users for users in story.members.values())
    assert 5 <= len(story.members) <= 8


def test_files_say_the_same_as_records(tmp_path: Path) -> None:
    story = simulate(1)
    story.write_directory(tmp_path)
    with (tmp_path / "members.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["workspace", "member", "persona", "staff"]
    members = [
        Member(
            member=pseudonym(KEY, row["workspace"], row["member"]),
            persona=row["persona"] or None,
            staff=row["staff"] == "true",
        )
        for row in rows
    ]
    with (tmp_path / "channels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["source", "conversation", "name", "members"]
    channels = [
        Channel(
            source=row["source"],
            conversation=row["conversation"],
            name=row["name"],
            members=tuple(pseudonym(KEY, story.team_id, user) for user in row["members"].split()),
        )
        for row in rows
    ]
    briefs = list(read_briefs(tmp_path / "briefs.yaml"))
    records = [record for record in story.directory(KEY) if not (isinstance(record, Member) and record.bot)]
    assert [*members, *channels, *briefs] == records
    assert any(isinstance(brief, Brief) and brief.wiifm == "" for brief in briefs), "that there is none is read as that"
