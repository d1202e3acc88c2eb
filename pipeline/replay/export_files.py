"""The files of a Slack export, whether they lie in a folder or in a zip; nothing is ever unpacked to disk."""

import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

from pipeline.replay.past import UnreadablePastError
from schemas.errors import CricketsError

T = TypeVar("T")

INDEX = "channels.json"
"""The file that makes a folder an export."""

MAX_BYTES = 256 * 1024 * 1024
"""Of one file, unpacked."""

MAX_RATIO = 200
"""Unpacked to packed: exports are about 10, a bomb is 1,000 and more."""

SMALL = 1024 * 1024
"""A file this small harms nobody, whatever its ratio."""


class UnreadableFileError(CricketsError):
    """One file of an export cannot be read; the others can."""


class ExportFiles(Protocol):
    """The files by their names relative to the export's top."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names in order."""

    @property
    def unsafe(self) -> tuple[str, ...]:
        """Return names that lead out of the export; they are never read."""

    def read(self, name: str) -> bytes:
        """Return a file's content; raises `UnreadableFileError`."""


@contextmanager
def open_export(path: Path) -> Iterator[ExportFiles]:
    """Open an export, the folder or zip itself or the one folder in it."""
    if path.is_dir():
        yield _folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        msg = f"{path}: the zip is damaged ({error}); download the export again"
        raise UnreadablePastError(msg) from error
    with archive:
        yield _zip(path, archive)


@dataclass(frozen=True)
class FolderFiles:
    """An export that somebody unpacked."""

    top: Path
    files: dict[str, Path]
    unsafe: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names in order."""
        return tuple(sorted(self.files))

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        path = self.files[name]
        try:
            _check_size(path.stat().st_size)
            return path.read_bytes()
        except OSError as error:
            msg = f"the file cannot be read: {error.strerror}"
            raise UnreadableFileError(msg) from error


@dataclass(frozen=True)
class ZippedFiles:
    """An export as Slack delivers it."""

    archive: zipfile.ZipFile
    files: dict[str, zipfile.ZipInfo]
    unsafe: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names in order."""
        return tuple(sorted(self.files))

    def read(self, name: str) -> bytes:
        """Return a file's content, never more of it than the zip's own index promises."""
        info = self.files[name]
        _check_size(info.file_size)
        if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
            msg = f"the file is packed more than {MAX_RATIO} to 1: this is no export, more likely a zip bomb"
            raise UnreadableFileError(msg)
        try:
            with self.archive.open(info) as file:
                return file.read(info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            msg = f"the file cannot be unpacked ({type(error).__name__}): damaged, encrypted or packed in a strange way"
            raise UnreadableFileError(msg) from error


def _folder(path: Path) -> FolderFiles:
    tops = [top for top in (path, *sorted(path.iterdir())) if (top / INDEX).is_file()]
    top = _only(path, tops)
    inside: dict[str, Path] = {}
    unsafe: list[str] = []
    for file in sorted((*top.glob("*.json"), *top.glob("*/*.json"))):
        name = _composed(file.relative_to(top).as_posix())
        if file.resolve().is_relative_to(top.resolve()):
            inside[name] = file
        else:
            unsafe.append(name)
    return FolderFiles(top, inside, tuple(unsafe))


def _zip(path: Path, archive: zipfile.ZipFile) -> ZippedFiles:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if sum(info.compress_size for info in infos) > path.stat().st_size:
        msg = f"{path}: the files in the zip overlap, so it is damaged or a zip bomb; download the export again"
        raise UnreadablePastError(msg)
    unsafe = tuple(info.filename for info in infos if _leads_out(info.filename))
    safe = {_name(info): info for info in infos if not _leads_out(info.filename)}
    tops = [PurePosixPath(name).parent for name in safe if PurePosixPath(name).name == INDEX]
    top = _only(path, [top for top in tops if len(top.parts) <= 1 and top.parts != ("__MACOSX",)])
    start = "" if not top.parts else f"{top}/"
    return ZippedFiles(
        archive, {name.removeprefix(start): info for name, info in safe.items() if name.startswith(start)}, unsafe
    )


def _only(path: Path, tops: list[T]) -> T:
    if len(tops) == 1:
        return tops[0]
    if tops:
        msg = f"{path} holds {len(tops)} exports (files {INDEX}): give one of them"
    else:
        msg = f"{path} is no Slack export: there is no {INDEX} in it. Give the folder or zip as Slack made it"
    raise UnreadablePastError(msg)


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or "\0" in name or ":" in name.partition("/")[0]


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; one that is UTF-8 without saying so was read as code page 437."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            name = info.filename
    return _composed(name)


def _composed(name: str) -> str:
    """Compose accents: some file systems take them apart, channels.json does not."""
    return unicodedata.normalize("NFC", name)


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        msg = f"the file is larger than {MAX_BYTES // 1024**2} MiB"
        raise UnreadableFileError(msg)
