"""The learning programme: what the facilitators post, where and when. Two of the assets are dead."""

from dataclasses import dataclass
from typing import Literal

from pipeline.simulate import places
from pipeline.simulate.places import Place
from schemas.asset import AssetType
from schemas.directory import Brief

Slots = tuple[tuple[int, float], ...]
"""When it is posted in a week: weekday (Monday 0) and hour UTC."""

DeadCause = Literal["no_wiifm", "elsewhere"]


@dataclass(frozen=True)
class AssetPlan:
    """An asset and how it is posted: every week, or in one week counted from the end of the story (-1 the last)."""

    brief: Brief
    asks: AssetType
    place: Place
    slots: Slots
    text: str
    week: int | None = None
    tagged: bool = False  # carries `#asset:<id>` in its text instead of message metadata
    dead: DeadCause | None = None

    @property
    def asset_id(self) -> str:
        """Name the asset."""
        return self.brief.asset_id


def _plan(
    asset_id: str,
    title: str,
    asks: AssetType,
    place: Place,
    slots: Slots,
    text: str,
    *,
    wiifm: str | None = None,
    objective: str | None = None,
    reason: str | None = None,
    owner: str | None = "learning-team",
    typed: bool = True,
    week: int | None = None,
    tagged: bool = False,
    dead: DeadCause | None = None,
) -> AssetPlan:
    brief = Brief(
        asset_id=asset_id,
        title=title,
        asset_type=asks if typed else None,
        personas=place.personas,
        wiifm=wiifm,
        objective=objective,
        public_reason=reason,
        owner=owner,
    )
    return AssetPlan(brief, asks, place, slots, text, week, tagged, dead)


_UP, _ASK, _POLL = AssetType.THUMBS_UP, AssetType.QUESTION, AssetType.POLL
_TALK, _SHARE, _TRY, _NEWS = AssetType.DISCUSSION, AssetType.SHARE, AssetType.CHALLENGE, AssetType.ANNOUNCEMENT
_MON, _TUE, _WED, _THU, _FRI = range(5)

_SALES = (
    _plan(
        "deal-clip", "Deal story in two minutes", _UP, places.SALES_LEARNING,
        ((_MON, 13.5), (_WED, 14.0), (_FRI, 13.0)),
        "New deal story, two minutes: https://clips.example/deal. Give it a thumbs up if you would use it.",
        wiifm="a story to use in the next call", objective="win rate in second meetings",
        reason="the most used stories are shown to everyone",
    ),
    _plan(
        "objection-card", "Objection card", _UP, places.SALES_LEARNING, ((_TUE, 13.75), (_THU, 13.5)),
        "Card of the day: 'we have no budget'. Thumbs up if you hear it, too.",
        wiifm="an answer at hand for tomorrow", objective="objections handled on the phone", tagged=True,
    ),
    _plan(
        "objection-question", "Objection of the day", _ASK, places.SALES_WINS,
        ((_MON, 15.0), (_TUE, 14.5), (_THU, 15.0)),
        "A customer says 'call me next quarter'. What do you answer? Post it in the thread.",
        wiifm="twenty answers of colleagues to pick from", objective="objections handled on the phone",
        reason="answers of others are the content",
    ),
    _plan(
        "win-story", "Win of the week", _SHARE, places.SALES_WINS, ((_FRI, 14.0),),
        "Share your win of the week in the thread: what turned the deal?",
        wiifm="credit for what you did", reason="others copy what works",
    ),
    _plan(
        "pitch-challenge", "Pitch in thirty seconds", _TRY, places.SALES_WINS, ((_WED, 15.5),),
        "Challenge: pitch the new plan in thirty seconds and post the recording in the thread.",
        objective="time to first pitch", tagged=True,
    ),
)  # fmt: skip

_ENGINEERS = (
    _plan(
        "debug-riddle", "Debugging riddle", _ASK, places.ENG_TALK, ((_MON, 9.5), (_WED, 9.0), (_FRI, 9.25)),
        "Riddle: this test fails only on Tuesdays. Why? Post your guess in the thread.",
        wiifm="fun, and a trick for the next hunt", objective="time to repair",
        reason="one guess leads to the next",
    ),
    _plan(
        "review-question", "Review question", _ASK, places.ENG_TALK, ((_TUE, 10.0), (_THU, 9.5)),
        "Would you merge this? https://code.example/change. Answer in the thread, with a reason.",
        wiifm="faster reviews of your own changes", objective="review time", tagged=True,
    ),
    _plan(
        "runbook-tip", "Runbook tip", _UP, places.ENG_TALK, ((_TUE, 8.5), (_THU, 11.0)),
        "Tip: the runbook has a search now. Thumbs up if it saved you a minute.",
        wiifm="shorter nights on call", objective="time to repair",
    ),
    _plan(
        "design-debate", "Design debate", _TALK, places.ENG_TALK, ((_WED, 10.75),),
        "Debate: one repository or many? What is your view?",
        objective="decisions that stand", reason="views of others are the content",
    ),
    _plan(
        "weekend-riddle", "Riddle for the weekend", _ASK, places.ENG_TALK, ((_FRI, 22.4),),
        "Riddle for the weekend: what does this query return, and why? Answer in the thread.",
        wiifm="fun", objective="time to repair", reason="one guess leads to the next", week=-2,
    ),
)  # fmt: skip

_NEW_HIRES = (
    _plan(
        "day-one-question", "What puzzled you", _ASK, places.NEW_HERE, ((_MON, 14.0), (_TUE, 15.0), (_THU, 14.25)),
        "What puzzled you today? Ask in the thread; somebody else has the same question.",
        wiifm="an answer within the hour", objective="time to first task", reason="next month's group reads it, too",
    ),
    _plan(
        "starter-checklist", "Starter checklist", _UP, places.NEW_HERE, ((_MON, 15.5), (_WED, 14.5), (_FRI, 14.5)),
        "Next step of the checklist: <@U0CRICKBOT> has the list. Thumbs up when you have done it.",
        wiifm="you see where you stand", objective="time to first task",
    ),
    _plan(
        "introduce-yourself", "Introduce yourself", _SHARE, places.NEW_HERE, ((_TUE, 13.5),),
        "Share a photo of your desk and one thing that you are good at.",
        wiifm="people who know you", typed=False, tagged=True,
    ),
    _plan(
        "pulse-poll", "Pulse", _POLL, places.NEW_HERE, ((_THU, 15.5),),
        "Poll: how was the week? :one: great :two: fine :three: hard. React to vote.",
        objective=None, owner=None,
    ),
)  # fmt: skip

_MANAGERS = (
    _plan(
        "coaching-case", "Coaching case", _ASK, places.LEADERS, ((_TUE, 14.0), (_THU, 14.75)),
        "Case: your best seller misses two meetings. What do you ask first? Post it in the thread.",
        wiifm="words for a talk you will have", objective="one coaching talk a month", reason="peers know best",
    ),
    _plan(
        "leader-brief", "Brief for leaders", _UP, places.LEADERS, ((_MON, 14.5), (_WED, 15.0)),
        "This week in three lines: https://brief.example/week. Thumbs up if you pass it on.",
        wiifm="your team asks you first", tagged=True,
    ),
    _plan(
        "hiring-debate", "Hiring debate", _TALK, places.LEADERS, ((_FRI, 15.0),),
        "Debate: tasks at home in interviews, yes or no? What is your view?", objective="time to hire",
    ),
)  # fmt: skip

_EVERYBODY = (
    _plan(
        "session-vote", "Vote for the next session", _POLL, places.TOWN_HALL, ((_WED, 13.0),),
        "Poll: which session shall we book? :one: negotiation :two: writing :three: data. React to vote.",
        wiifm="the session that you want", reason="the vote is public", owner="events",
    ),
    _plan(
        "programme-news", "News of the programme", _NEWS, places.TOWN_HALL, ((_MON, 11.0),),
        "<!channel> The programme of the week is online: https://learn.example/week.", owner="events",
    ),
)  # fmt: skip

_DEAD = (
    _plan(
        "podcast", "The learning team's podcast", _UP, places.SALES_LEARNING,
        ((_MON, 15.5), (_TUE, 15.5), (_THU, 15.25)),
        "Our new podcast episode is out: https://pod.example/12. Give it a thumbs up, so that we can plan the season.",
        wiifm="", objective="win rate in second meetings", reason="likes help others to find it",
        week=-1, dead="no_wiifm",
    ),
    _plan(
        "hub-question", "Question of the hub", _ASK, places.LEARNING_HUB, ((_MON, 10.25), (_WED, 9.75)),
        "Which tool saved you most time this month? Post your answer in the thread.",
        wiifm="tools that you do not know yet", objective="time to repair", reason="answers of others are the content",
        week=-1, dead="elsewhere",
    ),
)  # fmt: skip

PROGRAMME: tuple[AssetPlan, ...] = _SALES + _ENGINEERS + _NEW_HIRES + _MANAGERS + _EVERYBODY + _DEAD
"""Every asset."""
