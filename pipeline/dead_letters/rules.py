"""Which originals may be written again, and what to do instead where that is of no use or does harm."""

from pipeline.dead_letters.letter import Letter
from pipeline.kafka.reader import Standing
from schemas.topic import Topic

VERSIONS = (Topic.VERDICTS, Topic.ANOMALIES)
"""Topics whose key names a thing and whose value is its latest version: an older one must not become the last."""

CLOCKS_SECONDS = 60.0
"""How far the clocks of the broker's clients and of ClickHouse may be apart."""

_ANY = ""
_READ_AGAIN = {
    (Topic.WEBHOOKS, _ANY),  # what comes out has the same ids as at the first time
    (Topic.EVENTS, _ANY),  # late, but in time: track goes by event time, profile and record by event id
    (Topic.FEEDBACK, _ANY),  # what the same person said later counts, whatever the order
    (Topic.VERDICTS, "diagnose"),  # explained with the id and version that it has
    (Topic.OUTCOMES, "record"),  # the row replaces itself; watch drops what belongs to an epoch that it has closed
    (Topic.ANOMALIES, "record"),
    (Topic.DEAD_LETTERS, "record"),
}

_INSTEAD = {
    Topic.OBSERVATIONS: "learn has closed the epoch of this observation and would drop it; it is one lesson among "
    "many, so that nothing needs to be done once the cause is mended",
    Topic.EXPECTATIONS: "a later version must not be followed by this one; restart the workers once the cause is "
    "mended, since each of them reads the whole topic when it starts",
    Topic.DIRECTORY: "a later entry may stand behind it, and the last one counts; correct the files and load them "
    "again: crickets directory load",
    Topic.OUTCOMES: "watch has closed the epoch of this outcome and would drop it; the next prompts of the asset count "
    "again once the cause is mended",
    Topic.VERDICTS: "only diagnose reads verdicts",
    Topic.ANOMALIES: "only record reads anomalies",
    Topic.DEAD_LETTERS: "only record reads dead letters",
}


def stands_in_a_topic(letter: Letter) -> bool:
    """Tell whether the original stands in a topic, and not in a file that was replayed."""
    return letter.topic in set(Topic)


def refusal(letter: Letter) -> str | None:
    """Say why the original of a letter is not written again, and what to do instead; None: it may be."""
    if not letter.topic:
        return "the letter does not say where its original stands"
    if not stands_in_a_topic(letter):
        return (
            f"it stands in a file ({letter.topic}, record {letter.offset}), not in a topic; mend the file and replay "
            "it again: crickets replay FILE"
        )
    topic = Topic(letter.topic)
    if (topic, _ANY) in _READ_AGAIN or (topic, letter.stage) in _READ_AGAIN:
        return None
    return _INSTEAD[topic]


def unfit(letter: Letter, original: Standing) -> str | None:
    """Say why what stands at the pointer is not written again; None: it may be."""
    if (original.written_at - letter.put_aside_at).total_seconds() > CLOCKS_SECONDS:
        return "another record stands there now: it was written after the letter, so the topic was made anew since"
    source = source_part(original)
    if letter.source and source and letter.topic in (Topic.WEBHOOKS, Topic.EVENTS) and source != letter.source:
        return f"a record of another source stands there now ({source}): the topic was made anew, or has another prefix"
    if (original.key or b"").startswith(b"watermark"):
        return "it is a watermark, which says how far time has come: the next one says more, nothing is missing"
    if original.value is None:
        return "it has no value: it says that its key is gone"
    return None


def source_part(original: Standing) -> str:
    """Return the source that the key of a webhook or an event begins with; the rest of the key stays unsaid."""
    source, colon, _ = (original.key or b"").decode(errors="replace").partition(":")
    return source[:40] if colon and original.topic in (Topic.WEBHOOKS, Topic.EVENTS) else ""
