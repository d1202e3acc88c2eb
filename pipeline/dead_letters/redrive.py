"""Redrive: originals of dead letters written again to where they stood, so that they are worked through once more."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from pipeline.dead_letters.letter import Letter
from pipeline.dead_letters.rewrite import Rewriter
from pipeline.dead_letters.rules import VERSIONS, refusal, unfit
from pipeline.dead_letters.store import note
from pipeline.kafka import BrokerError, RecordSizeError
from pipeline.kafka.reader import Missing, PointReader
from pipeline.settings import Settings
from schemas.errors import CricketsError

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""


@dataclass
class Redriven:
    """What was done with each letter, by id; of a dry run: what would be."""

    redriven: list[str] = field(default_factory=list)
    records: int = 0  # originals: several letters may point to the same one
    refused: dict[str, str] = field(default_factory=dict)


class RedriveBrokenOffError(CricketsError):
    """Not everything could be written again: broker or ClickHouse went away on the way."""


def redrive(
    letters: Sequence[Letter],
    settings: Settings,
    client: Client,
    *,
    dry_run: bool = False,
    again: bool = False,
    report: Report = lambda *_: None,
) -> Redriven:
    """Write the originals of these letters again, each once however many letters point to it, in their order.

    Each goes to the partition where it stood, with the same key and value: what comes of it has the ids it would have
    had at first, so that whoever has seen it already changes nothing. What the broker has confirmed is noted in
    ClickHouse before more is sent.

    Parameters
    ----------
    again
        Also originals that were redriven already.
    """
    run = _Run(settings, client, len(letters), report)
    left = [letter for letter in letters if not run.refuses([letter], _why_not(letter, again=again))]
    if left:
        writing = nullcontext() if dry_run else Rewriter(settings.kafka)
        with PointReader(settings.kafka) as reader, writing as rewriter:
            run.through(left, reader, rewriter)
    return run.done


def _why_not(letter: Letter, *, again: bool) -> str | None:
    if letter.redriven_at is not None and not again:
        return (
            f"it was redriven at {letter.redriven_at:%Y-%m-%d %H:%M:%S %Z}; if it failed again there is a new letter; "
            "to redrive the old one all the same: --all"
        )
    return refusal(letter)


class _Run:
    """One run: what has been done so far."""

    def __init__(self, settings: Settings, client: Client, total: int, report: Report) -> None:
        self._client, self._database = client, settings.clickhouse.database
        self._total, self._report = total, report
        self.done = Redriven()

    def refuses(self, letters: Sequence[Letter], why: str | None) -> bool:
        if why:
            self.done.refused |= {letter.dead_letter_id: why for letter in letters}
        return bool(why)

    def through(self, letters: Sequence[Letter], reader: PointReader, rewriter: Rewriter | None) -> None:
        broken: BrokerError | None = None
        try:
            for same in _by_original(letters):
                self._take(same, reader, rewriter)
                if rewriter is not None and rewriter.full:
                    self._confirm(rewriter)
        except BrokerError as error:
            broken = error
        if rewriter is not None:  # also when it broke: what the broker has must be noted
            try:
                self._confirm(rewriter)
            except BrokerError as error:
                broken = broken or error
        if broken is not None:
            done = len(self.done.redriven)
            msg = f"{broken}. Until then {done} of {self._total} dead letters were redriven; run it again for the rest"
            raise RedriveBrokenOffError(msg) from broken

    def _take(self, letters: list[Letter], reader: PointReader, rewriter: Rewriter | None) -> None:
        original = reader.read(*letters[0].original)
        if isinstance(original, Missing):
            self.refuses(letters, f"its original is gone: {original.why}. Have the source send it again")
            self._progress()
            return
        fit = [letter for letter in letters if not self.refuses([letter], unfit(letter, original))]
        if fit and original.topic in VERSIONS and (later := reader.followed(original)) is not None:
            self.refuses(fit, f"a later version of the same thing stands at offset {later}, and that one counts")
        elif fit and rewriter is None:
            self._redriven(fit)
        elif fit and rewriter is not None:
            rewriter.send(original, fit)
        self._progress()

    def _confirm(self, rewriter: Rewriter) -> None:
        written: list[tuple[tuple[str, int, int], int]] = []
        broken: BrokerError | None = None
        for letters, answer in rewriter.confirm():
            if isinstance(answer, int):
                written.append((letters[0].original, answer))
                self._redriven(letters)
            elif isinstance(answer, RecordSizeError):
                self.refuses(letters, f"{answer}: raise max.message.bytes of the topic, it was lowered since")
            else:
                broken = broken or answer
        if written:
            self._note(written)
        self._progress()
        if broken is not None:
            raise broken

    def _note(self, written: list[tuple[tuple[str, int, int], int]]) -> None:
        try:
            note(self._client, self._database, written)
        except (ClickHouseError, OSError) as error:
            msg = (
                f"{len(written)} records were written again, but ClickHouse could not note it "
                f"({type(error).__name__}): their letters still look open. Redriving them once more does no harm"
            )
            raise RedriveBrokenOffError(msg) from error

    def _redriven(self, letters: Sequence[Letter]) -> None:
        self.done.records += 1
        self.done.redriven += [letter.dead_letter_id for letter in letters]

    def _progress(self) -> None:
        self._report("redriving", len(self.done.redriven) + len(self.done.refused), self._total)


def _by_original(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Give the letters of each original, in the order in which the originals stand."""
    in_order = sorted(letters, key=lambda letter: (letter.original, letter.stage))
    for _, same in groupby(in_order, key=lambda letter: letter.original):
        yield list(same)
