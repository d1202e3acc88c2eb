"""A prompt is posted: who can see it, what is going on around it, and what is expected of it."""

from collections.abc import Callable, Mapping

from agents.knowledge import Knowledge, Version
from agents.track.facts import pack, read_facts
from agents.track.partition import PartitionState
from agents.track.reach import DAY, audience, leading_persona, reach_by_persona
from agents.track.rules import TrackRules
from agents.track.state import NEVER_HEARD, Conversation, Facts, Life, Recent
from models.pulse import UNKNOWN, Pulse
from schemas.asset import AssetType
from schemas.base import HOUR, MINUTE
from schemas.directory import Member
from schemas.erasure import ERASED
from schemas.event import MessagePosted
from schemas.twins import Expectation, Outlook, Prompt, Surroundings

RECENT_KEPT = 60
"""How many prompts of a conversation are remembered as recent."""

ASSETS_KEPT = 1_000
"""How many assets of a conversation are counted: those posted there last."""

RECENT_WINDOW = 24 * HOUR
"""How long a prompt competes with the next ones."""


class _Personas(dict[str, str]):
    """Member -> persona, found out when it is asked for the first time."""

    def __init__(self, listed: Mapping[str, Member], inferred: Callable[[str], str]) -> None:
        super().__init__()
        self._listed, self._inferred = listed, inferred

    def __missing__(self, member: str) -> str:
        known = self._listed.get(member)
        self[member] = persona = (known.persona if known is not None else None) or self._inferred(member)
        return persona


class Posting:
    """Opens prompts."""

    def __init__(self, state: PartitionState, knowledge: Knowledge, rules: TrackRules) -> None:
        self.state, self.knowledge, self.rules = state, knowledge, rules
        self._asked: tuple[float, Version, int] | None = None
        self._personas = _Personas(knowledge.members, str)

    def personas(self) -> Mapping[str, str]:
        """Return the persona of every member: the given one, else the one inferred as of the partition's epoch."""
        knowledge = self.knowledge
        asked = self.state.clock.as_of, knowledge.latest, knowledge.members_version
        if asked != self._asked:
            self._asked = asked
            self._personas = _Personas(knowledge.members, knowledge.at(asked[0]).expectations.persona_of)
        return self._personas

    def forget(self) -> None:
        """Find out anew who has which persona: somebody was erased."""
        self._asked, self._personas = None, _Personas(self.knowledge.members, str)

    def open(self, identity: str, event: MessagePosted) -> tuple[Life, Facts, Outlook]:
        """Judge a new prompt and put it into the state; its outlook is not kept, but told at once."""
        version = self.knowledge.at(self.state.clock.as_of)
        conversation = self.state.conversation(event.place, event.time)
        prompt = self._prompt(identity, event, conversation)
        judged = version.expectations.judge(
            prompt,
            event.traits,
            alpha=self.rules.alpha,
            horizon_hours=self.rules.responses.horizon_hours,
            pulse=self._pulse(event, conversation),
        )
        expectation = Expectation(
            p_zero=judged.p_zero,
            p_zero_horizon=judged.p_zero_horizon,
            expected=judged.expected_at_deadline,
            expected_horizon=judged.expected,
            borrowed=judged.borrowed,
            borrowed_from=judged.borrowed_from,
            deadline=judged.deadline,
            alpha=self.rules.alpha,
            as_of=version.as_of,
            version=version.version,
            views=judged.views,
        )
        packed = pack(prompt, expectation, judged, length=event.traits.length, horizon=self.rules.responses.horizon)
        life, facts = Life(identity, packed, version=0), read_facts(packed)
        self.state.open(life)
        self.state.deadlines.schedule(life, life.next_due(facts))
        self._remember(event.place, conversation, prompt)
        return life, facts, Outlook(ends=facts.edges, p_zero=judged.curve, expected=judged.expected_by)

    def _prompt(self, identity: str, event: MessagePosted, conversation: Conversation) -> Prompt:
        since_day = int((event.time - self.rules.active_days * DAY) // DAY)
        presences = self.state.presences
        seen = presences.active(event.place).items()
        active = {member for member, day in seen if day >= since_day and member != ERASED}
        joined = presences.joined(event.place)
        members, accounted = audience(self.knowledge, event.source, event.conversation, active, joined)
        reach = reach_by_persona(self.knowledge, members, event.author, self.personas())
        brief = self.knowledge.brief(event.asset_id) if event.asset_id else None
        persona = leading_persona(reach, brief.personas if brief else ())
        asset_type = (brief.asset_type if brief else None) or event.traits.ask or AssetType.ANNOUNCEMENT
        return Prompt(
            prompt_id=identity,
            source=event.source,
            workspace=event.workspace,
            conversation=event.conversation,
            message=event.message,
            author=event.author,
            posted_at=event.time,
            asset_id=event.asset_id or "",
            asset_type=asset_type,
            asset_type_from="brief" if brief and brief.asset_type else "ask",
            persona=persona,
            persona_given=persona in self.knowledge.personas(),
            reach=reach,
            surroundings=Surroundings(
                active_members=len(active),
                channel_members=accounted,
                channel_age_hours=max(event.time - conversation.first_seen, 0.0) / HOUR,
                competing_prompts=sum(0 <= event.time - r.time <= RECENT_WINDOW for r in conversation.recent),
                earlier_prompts=conversation.assets.get(event.asset_id or "", 0),
            ),
        )

    def _pulse(self, event: MessagePosted, conversation: Conversation) -> Pulse:
        if conversation.heard == NEVER_HEARD:
            return UNKNOWN
        today, active = int(event.time // DAY), self.state.presences.active(event.place)
        seen, days = active.get(event.author), [*active.values()]
        return Pulse(
            quiet_minutes=max(event.time - conversation.heard, 0.0) / MINUTE,
            lively_minutes=conversation.lively_at(event.time),
            members_lately=days.count(today) + days.count(today - 1) - (seen in (today, today - 1)),
            away_days=None if seen is None else max(today - seen, 0),
        )

    def _remember(self, place: str, conversation: Conversation, prompt: Prompt) -> None:
        conversation.recent.append(Recent(prompt.posted_at, prompt.prompt_id))
        del conversation.recent[:-RECENT_KEPT]
        if prompt.asset_id:
            assets = conversation.assets
            assets[prompt.asset_id] = assets.pop(prompt.asset_id, 0) + 1  # goes to the end of the dict's order
            if len(assets) > ASSETS_KEPT:
                del assets[next(iter(assets))]
        self.state.touch_conversation(place, conversation)
