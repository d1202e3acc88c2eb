"""The bulk writer: years of a large installation in minutes, written by the engine itself.

Every value derives from a row's number through a hash, so that each run writes the same. What matters to the views is as
the product leaves it: every version of a prompt, a month in parts that merge, a tenth of the prompts silent, assets of
many postings beside prompts without one, anomalies with their evidence; healthy prompts are as silent as was predicted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

START = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
CHANNELS, AUTHORS, ASSETS, WORKSPACES = 2_000, 50_000, 20_000, 4
DEAD_CHANNELS = 20
"""Nobody has answered in them since the last quarter began."""

_SECONDS = (END - START).total_seconds()

_PERSONAS = "['newcomer', 'regular', 'core', 'sales', 'support', 'engineering', 'managers', 'staff_office']"
_TYPES = "['thumbs_up', 'question', 'poll', 'discussion', 'share', 'challenge', 'announcement']"
_CAUSES = "['no_wiifm', 'elsewhere', 'wrong_audience', 'no_need', 'slow_build', 'undetermined']"


def _chance(salt: int) -> str:
    """Return SQL of a number in [0, 1) that row `n` always has."""
    return f"(cityHash64(n, {salt}) % 1000000 / 1000000.)"


_PROMPT = f"""
    {START.timestamp():.0f} + n * step + 0.0001 AS seconds,
    'slack' AS source,
    concat('T', toString(cityHash64(n, 1) % {CHANNELS} % {WORKSPACES})) AS workspace,
    cityHash64(n, 1) % {CHANNELS} AS channel,
    concat('C', leftPad(hex(channel * 2654435761), 10, '0')) AS conversation,
    printf('%.6f', seconds) AS message,
    concat('slack:', conversation, ':', message) AS prompt_id,
    concat('m_', lower(substring(hex(MD5(toString(cityHash64(n, 2) % {AUTHORS}))), 1, 20))) AS author,
    toDateTime64(seconds, 6, 'UTC') AS posted_at,
    {_chance(3)} < 0.4 AS named,
    if(named, concat('asset-', toString(cityHash64(n, 4) % {ASSETS})), '') AS asset_id,
    if(named, asset_id, prompt_id) AS asset,
    {_TYPES}[1 + cityHash64(n, 5) % 7] AS asset_type,
    {_PERSONAS}[1 + cityHash64(n, 6) % 8] AS persona,
    toUInt32(3 + cityHash64(n, 7) % 80) AS reached,
    map(persona, reached, if(persona = 'core', 'regular', 'core'), toUInt32(5 + cityHash64(n, 8) % 20)) AS reach,
    toUInt32(arraySum(mapValues(reach))) AS reach_total,
    0.3 * pow({_chance(9)}, 3) AS p_zero_horizon,
    p_zero_horizon >= 0.1 AS too_little_to_tell,
    p_zero_horizon + (0.1 - p_zero_horizon) * 0.6 AS p_zero,
    0.5 + 20 * (1 - p_zero_horizon / 0.3) AS expected_horizon,
    expected_horizon * 0.8 AS expected,
    {_chance(10)} AS borrowed,
    ['asset_type', 'everything', 'prior'][1 + cityHash64(n, 11) % 3] AS borrowed_from,
    if(too_little_to_tell, NULL, posted_at + toIntervalMinute(120 + cityHash64(n, 12) % 2000)) AS deadline,
    channel < {DEAD_CHANNELS} AND posted_at > toDateTime('2025-10-01', 'UTC') AS in_dead_channel,
    {_chance(13)} < if({_chance(14)} < 0.03 OR in_dead_channel, 1., p_zero_horizon) AS silent,
    NOT too_little_to_tell AND (silent OR {_chance(15)} < 0.05) AS flagged,
    toUInt32(if(silent, 0, 1 + cityHash64(n, 16) % 12)) AS came,
    posted_at + toIntervalSecond(60 + toUInt32(40000 * pow({_chance(17)}, 4)) + if(flagged, 130000, 0)) AS first_at
"""

_PROMPTS = f"""
INSERT INTO {{database}}.prompts (
    prompt_id, source, workspace, conversation, message, author, posted_at, asset_id, asset, asset_type, asset_type_from,
    persona, persona_given, reach, reach_total, active_members, channel_members, channel_age_hours, competing_prompts,
    earlier_prompts, p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from, deadline,
    too_little_to_tell, alpha, expectation_as_of, expectation_version, views, stage, status, flagged, responders, responses,
    responders_by_persona, responders_by_bin, first_response_at, closed, time, version
)
WITH {{version}} AS stand, {_PROMPT}, stand = 1 OR silent AS nobody
SELECT
    prompt_id, source, workspace, conversation, message, author, posted_at, asset_id, asset, asset_type,
    if(named, 'brief', 'ask'), persona, cityHash64(n, 18) % 2, reach, reach_total, cityHash64(n, 19) % 60, 120, 4000.,
    cityHash64(n, 20) % 6, cityHash64(n, 21) % 5, p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from,
    deadline, too_little_to_tell, 0.1, posted_at, intDiv(n, 40),
    map('hazard', p_zero_horizon * 0.9, 'direct', p_zero_horizon * 1.1, 'segment', 0.08, 'mix', p_zero_horizon),
    ['posted', if(silent, 'deadline', 'first_response'), 'counted', 'closed'][stand],
    multiIf(stand = 1, 'open', silent, if(flagged, 'silent', 'expired'), flagged, 'revived', 'answered'),
    flagged AND stand > 1, if(nobody, 0, came), if(nobody, 0, came + came % 3),
    if(nobody, map(), map(persona, toUInt32(came))),
    if(nobody, [], arrayMap(bin -> toUInt32(bin = 1 + came % 4) * came, range(1, 13))),
    if(nobody, NULL, first_at), stand = 4, posted_at + toIntervalHour([0, 20, 50, 168][stand]), stand
FROM (SELECT number AS n, {{step}} AS step FROM numbers({{first}}, {{number}}))
WHERE stand IN (1, 4) OR cityHash64(n, 22) % 5 >= stand - 1
"""

_OUTLOOKS = f"""
INSERT INTO {{database}}.outlooks (prompt_id, source, conversation, posted_at, ends, p_zero, expected)
WITH {_PROMPT}
SELECT
    prompt_id, source, conversation, posted_at,
    arrayMap(bin -> posted_at + toIntervalSecond(180 * pow(1.78, bin)), range(12)),
    arrayMap(bin -> pow(p_zero_horizon, (bin + 1) / 12), range(12)),
    arrayMap(bin -> expected_horizon * (bin + 1) / 12, range(12))
FROM (SELECT number AS n, {{step}} AS step FROM numbers({{first}}, {{number}}))
"""

_SENTENCES = """arrayMap(item -> concat(
    ['Nobody has said what this is good for: the brief has no line about it, and the text promises nothing to the reader',
     'Members of that persona answered elsewhere: prompts in other channels had responders in the two days after it',
     'It reached few of those it is for, and the channel is read by others for the most part',
     'Other prompts of the same type for them were answered lately, so the format itself is not at fault'][1 + item % 4],
    ': ', toString(cityHash64(n, 30 + item) % 100), ' of ', toString(100 + cityHash64(n, 40 + item) % 100)), range(7))"""

_ANOMALIES = f"""
INSERT INTO {{database}}.anomalies (
    anomaly_id, level, subject, state, verdict, time, version, says, muted_until, title, prompt_id, source, workspace,
    conversation, posted_at, asset_id, asset, asset_type, persona, persona_given, reach, reach_total, hypothesis, beside,
    probability, probabilities, evidence.code, evidence.value, evidence.sentence, evidence.for, evidence.against,
    evidence.weights, next_step, checklist, p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from,
    deadline, too_little_to_tell, alpha, expectation_as_of, expectation_version, e_value, prompts, responders,
    responders_by_persona, explained_by, young_until, found_persona, found_came, found_expected, found_answered, found_reached
)
WITH {{version}} AS stand, {{level}} AS level, {_PROMPT},
    {{subject}} AS subject, {_CAUSES}[1 + cityHash64(n, 23) % 6] AS cause,
    if(cause = 'undetermined', 'no_need', cause) AS likeliest,
    level = 'prompt' AND {_chance(24)} < 0.02 AS young
SELECT
    concat(level, '/', subject), level, subject,
    multiIf(stand = 2, 'revived', level = 'persona', 'found', young, 'building', 'open'),
    multiIf(stand = 2, 'revived', level = 'segment', 'chronic', level = 'persona', 'hidden_persona', flagged, 'silent', 'expired'),
    posted_at + toIntervalHour(30 * stand), 1000 * stand, '', NULL, concat('Weekly podcast ', toString(n % 997)), prompt_id,
    source, workspace, conversation, posted_at, asset_id, asset, asset_type, persona, true, reach, reach_total, cause, '',
    0.3 + 0.6 * {_chance(25)},
    mapFromArrays(arraySlice({_CAUSES}, 1, 5), arrayMap(code -> if(code = likeliest, 0.6, 0.1), arraySlice({_CAUSES}, 1, 5))),
    arrayMap(item -> concat('evidence_', toString(item)), range(7)), arrayMap(item -> toString(item), range(7)), {_SENTENCES},
    arrayMap(item -> [{_CAUSES}[1 + (n + item) % 5]], range(7)), arrayMap(item -> [{_CAUSES}[1 + (n + item + 2) % 5]], range(7)),
    arrayMap(item -> map('no_wiifm', 0.2, 'elsewhere', -0.3, 'wrong_audience', item / 10., 'no_need', 0.1, 'slow_build', 0.), range(7)),
    'Post it once more on Tuesday at 10:00 UTC, when the persona is active, and say in one line what an answer is good for',
    'bulk', p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from, deadline, too_little_to_tell, 0.1,
    posted_at, intDiv(n, 40), if(level = 'prompt', 0, 20), if(level = 'prompt', 1, 5), if(stand = 2, came, 0),
    if(stand = 2, map(persona, came), map()), '', if(young, 30, 0), if(level = 'persona', 'core', ''), 12, 3.1, 5, 18
FROM (SELECT number AS n, {{step}} AS step FROM numbers({{first}}, {{number}}))
WHERE {{which}}
"""

_EVENTS = f"""
INSERT INTO {{database}}.events (
    event_id, kind, source, workspace, conversation, time, author, bot, message, thread, reaction, asset_id, ask, length,
    question, broadcast, mentions, link, code, file
)
WITH
    {START.timestamp():.0f} + n * step AS seconds, {_chance(1)} AS which,
    multiIf(which < 0.45, 'reaction_added', which < 0.97, 'message_posted', 'message_edited') AS kind,
    cityHash64(n, 2) % {CHANNELS} AS channel, concat('C', leftPad(hex(channel * 2654435761), 10, '0')) AS conversation,
    printf('%.6f', seconds - if(kind = 'message_posted', 0, cityHash64(n, 3) % 86400)) AS message,
    concat('m_', lower(substring(hex(MD5(toString(cityHash64(n, 4) % {AUTHORS}))), 1, 20))) AS author,
    ['thumbsup', 'tada', 'eyes', 'heart', 'raised_hands'][1 + cityHash64(n, 5) % 5] AS reaction
SELECT
    multiIf(
        kind = 'message_posted', concat('slack:', conversation, ':message:', message),
        kind = 'message_edited', concat('slack:', conversation, ':edited:', message, ':', printf('%.6f', seconds)),
        concat('slack:', conversation, ':reaction_added:', message, ':', author, ':', reaction, ':', printf('%.6f', seconds))
    ), kind, 'slack', concat('T', toString(channel % {WORKSPACES})), conversation, toDateTime64(seconds, 6, 'UTC'), author,
    cityHash64(n, 6) % 20 = 0, message,
    if(kind = 'message_posted' AND cityHash64(n, 7) % 3 > 0, printf('%.6f', seconds - cityHash64(n, 8) % 86400), NULL),
    if(kind = 'reaction_added', reaction, ''), '', if(cityHash64(n, 9) % 30 = 0, 'question', ''),
    if(kind = 'reaction_added', 0, cityHash64(n, 10) % 700), cityHash64(n, 11) % 5 = 0, cityHash64(n, 12) % 50 = 0,
    cityHash64(n, 13) % 3, cityHash64(n, 14) % 4 = 0, cityHash64(n, 15) % 20 = 0, cityHash64(n, 16) % 30 = 0
FROM (SELECT number AS n, {{step}} AS step FROM numbers({{first}}, {{number}}))
"""

_REST = (
    f"""
INSERT INTO {{database}}.feedback (
    anomaly_id, who, says, cause, note, time, version, told, probability, learned, source, workspace, asset, segment, told_at
)
WITH {_PROMPT}
SELECT
    concat('prompt/', prompt_id), author, ['confirmed', 'wrong_cause', 'expected', 'false_alarm'][1 + n % 4],
    if(n % 4 = 1, 'elsewhere', ''), '', posted_at + toIntervalHour(50), 1, {_CAUSES}[1 + n % 5], 0.6, '', source, workspace,
    asset, concat(persona, '/', asset_type), posted_at + toIntervalHour(30)
FROM (SELECT number AS n, {{step}} AS step FROM numbers({{prompts}}))
WHERE flagged AND n % 5 = 0
""",
    """
INSERT INTO {database}.source_health (source, workspace, since, until, state, time, last_event, usual, p_zero, version)
SELECT
    'slack', concat('T', toString(n % 4)), toDateTime64('2024-01-01', 6, 'UTC') + toIntervalDay(7 * n) AS since,
    since + toIntervalHour(9), if(n % 2, 'filled', 'over'), since + toIntervalHour(10), since, 200., 1e-9, 3
FROM (SELECT number AS n FROM numbers(100))
""",
    f"""
INSERT INTO {{database}}.expectations (version, as_of, complete, part, key, value)
WITH intDiv(n, 140) AS epoch, n % 140 AS which
SELECT
    epoch, toDateTime64('2025-10-01', 6, 'UTC') + toIntervalHour(epoch), false,
    multiIf(which < 56, 'rates.segment', which < 112, 'responders', 'rates.channel'),
    multiIf(
        which < 112,
        concat(if(which < 56, '', 'segment|'), {_PERSONAS}[1 + which % 8], '/', {_TYPES}[1 + intDiv(which % 56, 8)]),
        concat('slack:C', toString(cityHash64(n) % {CHANNELS}))
    ),
    concat('[', toString(cityHash64(n, 2) % 100 / 10), ',', toString(10 + cityHash64(n, 3) % 500), ']')
FROM (SELECT number AS n FROM numbers(140 * 24 * 90))
""",
    """
INSERT INTO {database}.dead_letters (dead_letter_id, stage, source, reason, field, error, time, topic, partition, offset, tries)
SELECT
    concat('normalise/webhooks/', toString(n % 6), '/', toString(n)), 'normalise', 'slack', 'Field required', 'event.ts',
    'missing', toDateTime64('2025-12-01', 6, 'UTC') + toIntervalMinute(n), 'webhooks', n % 6, n, 1
FROM (SELECT number AS n FROM numbers(20000))
""",
    """
INSERT INTO {database}.redrives (topic, partition, offset, again_offset)
SELECT 'webhooks', n % 6, n, n + 1000000 FROM (SELECT number * 10 AS n FROM numbers(1000))
""",
)


@dataclass(frozen=True)
class Bulk:
    """How much is written, and to where."""

    client: Client
    database: str
    prompts: int = 1_000_000
    events: int = 100_000_000
    months: int = 24

    def write(self) -> Iterator[str]:
        """Write all of it; says what has been written."""
        for month in range(self.months):
            self._prompts(month)
        yield f"{self.prompts:,} prompts"
        for subject, level, which in self._levels():
            self._run(_ANOMALIES, level=f"'{level}'", subject=subject, which=which, version=1, number=self.prompts)
        yield "anomalies of assets, channels, segments and hidden personas"
        for statement in _REST:
            self._run(statement, prompts=self.prompts)
        yield "feedback, source health, expectations, dead letters"
        step = _SECONDS / self.events
        block = 2_000_000
        for first in range(0, self.events, block):
            self._run(_EVENTS, first=first, number=min(block, self.events - first), step=step)
            yield f"{min(first + block, self.events):,} events"

    def settle(self) -> None:
        """Merge the months that are over, as the tables do by themselves when nothing has come for an hour."""
        for table in ("prompts", "anomalies", "outlooks", "feedback", "expectations"):
            found = self.client.query(
                "SELECT DISTINCT partition FROM system.parts WHERE active AND database = {database:String} "
                "AND table = {table:String} AND partition != (SELECT max(partition) FROM system.parts WHERE active "
                "AND database = {database:String} AND table = {table:String})",
                parameters={"database": self.database, "table": table},
            )
            for (month,) in found.result_rows:
                self.client.command(f"OPTIMIZE TABLE {self.database}.{table} PARTITION {month} FINAL")

    def _prompts(self, month: int) -> None:
        first, last = (self.prompts * edge // self.months for edge in (month, month + 1))
        blocks = 40 if month == self.months - 1 else 2  # what is under way comes in many inserts
        for block in range(blocks):
            begin = first + (last - first) * block // blocks
            number = first + (last - first) * (block + 1) // blocks - begin
            for version in (1, 2, 3, 4):
                self._run(_PROMPTS, version=version, first=begin, number=number)
            self._run(_OUTLOOKS, first=begin, number=number)
            for version, which in ((1, "silent OR flagged"), (2, "flagged AND NOT silent")):
                self._run(
                    _ANOMALIES, level="'prompt'", subject="prompt_id", which=which, version=version, first=begin, number=number
                )

    def _levels(self) -> Iterator[tuple[str, str, str]]:
        """Yield subject, level and which of the prompts tell it: the latest one of each."""
        yield "asset", "asset", f"n >= {self.prompts} * 0.8 AND named AND silent AND cityHash64(n, 50) % 8 = 0"
        yield "concat('slack:', conversation)", "channel", f"in_dead_channel AND n >= {self.prompts} * 0.98"
        yield (
            "concat('slack:', workspace, '/', persona, '/', asset_type)", "segment",
            f"n >= {self.prompts} * 0.99 AND silent AND cityHash64(n, 51) % 100 = 0",
        )  # fmt: skip
        yield (
            "concat('slack:', workspace, '/', asset, '/core')", "persona",
            f"named AND persona != 'core' AND NOT silent AND cityHash64(n, 52) % 1000 = 0",
        )  # fmt: skip

    def _run(self, statement: str, **words: object) -> None:
        words = {"first": 0, "step": _SECONDS / self.prompts, "database": self.database} | words
        for name, value in words.items():
            statement = statement.replace(f"{{{name}}}", str(value))
        self.client.command(statement)
