from pathlib import Path

import pytest

from pipeline.directory import Problem, load_directory
from schemas.asset import AssetType
from schemas.directory import Brief, Channel, Member
from schemas.ids import pseudonym

KEY = b"0123456789abcdef"

MEMBERS = """workspace,member,persona,staff
T1,U1,new hires,
T1,U2,,yes
T1,U3,"managers, senior",FALSE
"""
CHANNELS = """source,conversation,name,members
slack,C1,general,U1 U2;U3
slack,C2,,
"""
BRIEFS = """
- asset_id: podcast-3
  title: "Podcast 3: objections"
  asset_type: thumbs_up
  personas: [new hires]
  wiifm: ""
  objective: handle the five usual objections
- asset_id: quiz
"""


def _who(member: str, workspace: str = "T1") -> str:
    return pseudonym(KEY, workspace, member)


def _write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _places(problems: tuple[Problem, ...]) -> list[tuple[str, int, str]]:
    return [(problem.file.name, problem.line, problem.field) for problem in problems]


RECORDS = (
    Member(member=_who("U1"), persona="new hires"),
    Member(member=_who("U2"), staff=True),
    Member(member=_who("U3"), persona="managers, senior"),
    Channel(source="slack", conversation="C1", name="general", members=(_who("U1"), _who("U2"), _who("U3"))),
    Channel(source="slack", conversation="C2"),
    Brief(
        asset_id="podcast-3",
        title="Podcast 3: objections",
        asset_type=AssetType.THUMBS_UP,
        personas=("new hires",),
        objective="handle the five usual objections",
    ),
    Brief(asset_id="quiz"),
)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["no BOM", "BOM"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_loads_what_people_wrote(tmp_path: Path, bom: bytes, line_end: bytes) -> None:
    files = {"members_csv": MEMBERS, "channels_csv": CHANNELS, "briefs_yaml": BRIEFS}
    written = {name: bom + text.encode().replace(b"\n", line_end) for name, text in files.items()}
    assert load_directory(_write(tmp_path, **written), KEY) == (RECORDS, ())


def test_single_files_in_any_order(tmp_path: Path) -> None:
    _write(tmp_path, members_csv=MEMBERS, channels_csv=CHANNELS, briefs_yml=BRIEFS, notes_txt="not ours")
    files = [tmp_path / "briefs.yml", tmp_path / "channels.csv", tmp_path / "members.csv"]
    assert load_directory(files, KEY) == (RECORDS, ())


def test_a_channel_may_name_the_workspace_of_its_members(tmp_path: Path) -> None:
    text = "source,conversation,members,workspace\nslack,C1,U1,T2\n"
    records, problems = load_directory(_write(tmp_path, channels_csv=text), KEY)
    assert problems == ()
    assert records == (Channel(source="slack", conversation="C1", members=(_who("U1", "T2"),)),)


def test_a_channel_may_have_very_many_members(tmp_path: Path) -> None:
    members = [f"U{number:09}" for number in range(20_000)]
    text = f"source,conversation,members,workspace\nslack,C1,{' '.join(members)},T1\n"
    (channel,), _ = load_directory(_write(tmp_path, channels_csv=text), KEY)
    assert isinstance(channel, Channel)
    assert len(channel.members) == 20_000


WRONG_MEMBERS = {
    "empty file": ("", 1, ""),
    "no such column": ("workspace,member,role\nT1,U1,x\n", 1, "role"),
    "a column is missing": ("workspace,persona\nT1,x\n", 1, "member"),
    "a column is there twice": ("workspace,member,member\nT1,U1,U1\n", 1, "member"),
    "too few cells": ("workspace,member,persona\nT1,U1\n", 2, ""),
    "too many cells": ("workspace,member\nT1,U1,x\n", 2, ""),
    "no member": ("workspace,member\n\nT1,\n", 3, "member"),
    "no workspace": ("workspace,member\n,U1\n", 2, "workspace"),
    "staff is unclear": ("workspace,member,staff\nT1,U1,maybe\n", 2, "staff"),
    "a member twice": ("workspace,member\nT1,U1\nT1,U2\nT1,U1\n", 4, "member"),
    "lines in a cell are counted": ('workspace,member,persona\nT1,U1,"a\nb"\nT1,,x\n', 4, "member"),
    "a quote is left open": ('workspace,member\nT1,"U1\n', 2, ""),
    "not UTF-8": (b"workspace,member\nT1,U1\nT1,\xe4\n", 3, ""),
    "UTF-16": ("workspace,member\n".encode("utf-16"), 1, ""),
}


@pytest.mark.parametrize(("text", "line", "field"), WRONG_MEMBERS.values(), ids=WRONG_MEMBERS.keys())
def test_what_is_wrong_with_members(tmp_path: Path, text: str | bytes, line: int, field: str) -> None:
    records, problems = load_directory(_write(tmp_path, members_csv=text), KEY)
    assert records == ()
    assert _places(problems) == [("members.csv", line, field)]
    assert problems[0].reason
    assert problems[0].allowed


def test_semicolons_instead_of_commas_are_explained(tmp_path: Path) -> None:
    _, problems = load_directory(_write(tmp_path, members_csv=MEMBERS.replace(",", ";")), KEY)
    assert all("separated by commas" in problem.allowed for problem in problems)


WRONG_CHANNELS = {
    "no source": ("source,conversation\n,C1\n", 2, "source"),
    "no conversation": ("source,conversation\nslack,\n", 2, "conversation"),
    "a conversation twice": ("source,conversation\nslack,C1\nslack,C1\n", 3, "conversation"),
    "whose members": ("source,conversation,members\nslack,C1,U1\n", 2, "workspace"),
}


@pytest.mark.parametrize(("text", "line", "field"), WRONG_CHANNELS.values(), ids=WRONG_CHANNELS.keys())
def test_what_is_wrong_with_channels(tmp_path: Path, text: str, line: int, field: str) -> None:
    records, problems = load_directory(_write(tmp_path, channels_csv=text), KEY)
    assert (records, _places(problems)) == ((), [("channels.csv", line, field)])


def test_members_of_two_workspaces_do_not_say_whose_a_channel_is(tmp_path: Path) -> None:
    folder = _write(tmp_path, members_csv=MEMBERS + "T2,U9,,\n", channels_csv=CHANNELS)
    assert _places(load_directory(folder, KEY)[1]) == [("channels.csv", 2, "workspace")]


WRONG_BRIEFS = {
    "no YAML": ("- asset_id: a\n  title: [\n", 3, ""),
    "no list": ("asset_id: a\n", 1, ""),
    "no brief": ("- asset_id: a\n- just words\n", 2, ""),
    "no id": ("- asset_id: a\n- title: b\n", 2, "asset_id"),
    "an empty id": ("- title: a\n  asset_id: ' '\n", 2, "asset_id"),
    "an id that is a number": ("- asset_id: 12\n", 1, "asset_id"),
    "no such key": ("- asset_id: a\n\n  wifm: b\n", 3, "wifm"),
    "no such type": ("- asset_id: a\n  asset_type: quiz\n", 2, "asset_type"),
    "personas are no list": ("- asset_id: a\n  personas: managers\n", 2, "personas"),
    "a persona is no text": ("- asset_id: a\n  personas:\n    - managers\n    - 3\n", 4, "personas.1"),
    "a text is no text": ("- asset_id: a\n  title: b\n  wiifm: yes\n", 3, "wiifm"),
    "says neither what nor none": ("- asset_id: a\n  objective: TBD.\n", 2, "objective"),
    "dots": ("- asset_id: a\n  wiifm: ...\n", 2, "wiifm"),
    "a dash": ("- asset_id: a\n  public_reason: '-'\n", 2, "public_reason"),
    "a key twice": ("- asset_id: a\n  title: b\n  title: c\n", 3, ""),
    "an asset twice": ("- asset_id: a\n- title: x\n  asset_id: a\n", 3, "asset_id"),
}


@pytest.mark.parametrize(("text", "line", "field"), WRONG_BRIEFS.values(), ids=WRONG_BRIEFS.keys())
def test_what_is_wrong_with_briefs(tmp_path: Path, text: str, line: int, field: str) -> None:
    records, problems = load_directory(_write(tmp_path, briefs_yaml=text), KEY)
    assert records == ()
    assert _places(problems) == [("briefs.yaml", line, field)]
    assert problems[0].reason
    assert problems[0].allowed


@pytest.mark.parametrize(
    ("written", "said"),
    [("", None), ("''", None), ("null", None), ("none", ""), (" None. ", ""), ("none but them", "none but them")],
)
def test_none_says_that_there_is_none_and_nothing_says_nothing(tmp_path: Path, written: str, said: str | None) -> None:
    text = f"- asset_id: a\n  wiifm: {written}\n  title: none\n"
    (brief,), problems = load_directory(_write(tmp_path, briefs_yaml=text), KEY)
    assert problems == ()
    assert isinstance(brief, Brief)
    assert brief.wiifm == said
    assert brief.title == "none", "of a title it is one"


def test_what_says_neither_is_explained(tmp_path: Path) -> None:
    _, (problem,) = load_directory(_write(tmp_path, briefs_yaml="- asset_id: a\n  wiifm: tbd\n"), KEY)
    assert "says neither what it is nor that there is none" in str(problem)
    assert "`none` where there is none; left out where it is not known" in str(problem)


def test_says_which_asset_types_there_are_and_where_the_entry_begins(tmp_path: Path) -> None:
    text = "- asset_id: a\n  title: b\n  asset_type: quiz\n"
    _, (problem,) = load_directory(_write(tmp_path, briefs_yaml=text), KEY)
    assert str(problem) == (
        f"{tmp_path / 'briefs.yaml'}:3, asset_type: there is no such asset type (entry that begins on line 1); "
        "allowed: one of thumbs_up, question, poll, discussion, share, challenge, announcement"
    )


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_loaded(tmp_path: Path) -> None:
    folder = _write(
        tmp_path,
        members_csv=MEMBERS + "T1,,,perhaps\nT1,U1,,\n",
        channels_csv=CHANNELS + ",C3,,\n",
        briefs_yaml=BRIEFS + "- asset_type: quiz\n  wiifm: 3\n",
    )
    records, problems = load_directory(folder, KEY)
    assert records == ()
    assert _places(problems) == [
        ("members.csv", 5, "member"),
        ("members.csv", 5, "staff"),
        ("members.csv", 6, "member"),
        ("channels.csv", 4, "source"),
        ("briefs.yaml", 9, "asset_id"),
        ("briefs.yaml", 9, "asset_type"),
        ("briefs.yaml", 10, "wiifm"),
    ]


def test_misspelt_missing_and_twin_files_are_told(tmp_path: Path) -> None:
    _write(tmp_path, member_csv=MEMBERS, briefs_yaml=BRIEFS, briefs_yml=BRIEFS)
    _, problems = load_directory(tmp_path, KEY)
    assert _places(problems) == [("briefs.yml", 0, ""), ("member.csv", 0, "")]
    (tmp_path / "empty").mkdir()
    assert len(load_directory(tmp_path / "empty", KEY)[1]) == 1
    assert _places(load_directory([tmp_path / "members.csv"], KEY)[1]) == [("members.csv", 0, "")]


def test_briefs_of_nothing_but_comments_are_no_briefs(tmp_path: Path) -> None:
    assert load_directory(_write(tmp_path, briefs_yaml="# later\n"), KEY) == ((), ())
