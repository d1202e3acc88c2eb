"""Zips and folders that mean harm, or came to harm."""

import zipfile
from pathlib import Path

import pytest

from pipeline.replay import Past, UnreadablePastError, export_files, open_source
from pipeline.settings import Settings
from tests.factories.slack_export import small_export, ts

KEY = b"0123456789abcdef"
DAY = "random/2025-01-03.json"


def _read(path: Path) -> Past:
    return open_source(path, KEY, Settings(_env_file=None))


def _letters(past: Past) -> list[tuple[str, str]]:
    return [(letter.topic.removeprefix("acme/"), letter.error) for letter in past.broken]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    export = small_export()
    export.files[DAY] = b" " * 3_000_000 + b"[]"
    past = _read(export.write_zip(tmp_path / "acme.zip"))
    assert _letters(past) == [(DAY, "UnreadableFileError")]
    assert "zip bomb" in past.broken[0].reason
    assert past.messages == 7


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool) -> None:
    export = small_export()
    export.files[DAY] = b" " * 10_000 + b"[]"
    monkeypatch.setattr(export_files, "MAX_BYTES", 9_000)
    past = _read(export.write_zip(tmp_path / "acme.zip") if zipped else export.write_folder(tmp_path / "acme"))
    assert _letters(past) == [(DAY, "UnreadableFileError")]
    assert "larger than" in past.broken[0].reason


def test_a_member_that_claims_to_be_small_is_read_no_further(tmp_path: Path) -> None:
    export = small_export()
    export.files[DAY] = b"[" + b" " * 400_000 + b"]"
    path = export.write_zip(tmp_path / "acme.zip")
    size = (400_002).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (2).to_bytes(4, "little")))
    assert _letters(_read(path)) == [(DAY, "UnreadableFileError")]


@pytest.mark.parametrize("name", ["../general/2025-01-09.json", "/general/2025-01-09.json", "C:/2025-01-09.json"])
def test_a_name_that_leads_out_of_the_zip_is_not_read(tmp_path: Path, name: str) -> None:
    export = small_export()
    export.channel("C9", name.rpartition("/")[0])
    export.files[name] = [{"type": "message", "user": "UANN", "ts": ts(9), "text": "x"}]
    past = _read(export.write_zip(tmp_path / "acme.zip"))
    assert _letters(past) == [(repr(name), "unsafe_name")]
    assert past.messages == 7
    assert [path.name for path in tmp_path.iterdir()] == ["acme.zip"]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("[]", encoding="utf-8")
    path = small_export().write_folder(tmp_path / "acme")
    (path / DAY).symlink_to(outside)
    assert _letters(_read(path)) == [(repr(DAY), "unsafe_name")]


def test_channel_names_lead_nowhere(tmp_path: Path) -> None:
    export = small_export()
    export.channel("C9", "../elsewhere")
    export.message("../elsewhere", ts(1), "UANN", "x")
    path = export.write_folder(tmp_path / "acme")
    assert (tmp_path / "elsewhere").is_dir()
    assert _read(path).messages == 7


def test_a_damaged_member_is_a_dead_letter(tmp_path: Path) -> None:
    export = small_export()
    path = tmp_path / "acme.zip"
    export.files[DAY] = b'[{"marker": "abcdefgh"}]'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in export.contents().items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abcdefgX"))
    assert _letters(_read(path)) == [(DAY, "UnreadableFileError")]


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    path = small_export().write_zip(tmp_path / "acme.zip")
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(2000):  # every one of them claims the bytes of the first
            twin = zipfile.ZipInfo(f"random/{number}.json")
            first = archive.infolist()[0]
            twin.header_offset, twin.CRC = first.header_offset, first.CRC
            twin.compress_size, twin.file_size, twin.compress_type = 10_000, 10_000, first.compress_type
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
        archive._didModify = True
    with pytest.raises(UnreadablePastError, match="overlap"):
        _read(path)


def test_a_zip_cut_off_is_refused(tmp_path: Path) -> None:
    path = small_export().write_zip(tmp_path / "acme.zip")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UnreadablePastError):
        _read(path)


class _Unflagged(zipfile.ZipInfo):
    """A member whose name is UTF-8 but does not say so, as some tools write it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # zipfile's own name
        return self.filename.encode(), self.flag_bits & ~0x800


def test_names_in_utf8_are_understood_whether_or_not_they_say_so(tmp_path: Path) -> None:
    export = small_export()
    export.channel("C3", "\u96d1\u8ac7")
    export.message("\u96d1\u8ac7", ts(10), "UANN", "hello")
    unflagged = tmp_path / "unflagged.zip"
    with zipfile.ZipFile(unflagged, "w") as archive:
        for name, content in export.contents().items():
            archive.writestr(_Unflagged(name), content)
    assert _read(unflagged).messages == 8
    assert _read(export.write_zip(tmp_path / "flagged.zip")).messages == 8
