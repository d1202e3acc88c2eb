"""What a message asks of its readers, by rules."""

import re
from dataclasses import dataclass
from re import Pattern

from schemas.asset import AssetType

_SPACE = re.compile(r"\s+")
_CLAUSE = re.compile(r"(?<=[.!?;])\s+|\s*\n\s*|,\s+(?=but\b)")
_NEGATED = re.compile(
    r"\b(?:do not|don't|dont|did not|didn't|no need to|no longer|never|stop|without|please avoid|instead of)"
    r"(?:\s+\w+){0,3}\s*$"
)

_LONGEST = 400  # characters; an ask is a short sentence, and a long one costs its square

# The thumb and other emoji, as people type them and as Slack spells them.
_THUMB = "(?:\N{THUMBS UP SIGN}|:\\+1:|:thumbs?_?up:|\\+1|thumbs[ -]?up)"
_EMOJI = r"(?::[a-z0-9_+\-]+:|[\u2600-\u27bf\U0001F300-\U0001FAFF]\ufe0f?|[0-9]\ufe0f?\u20e3)"
_POSSESSED = r"(?:your|one|a|an|some|any|us|the)"


@dataclass(frozen=True)
class Cue:
    """Patterns that ask for something, looked for in lower-case clauses."""

    asks: AssetType
    words: tuple[str, ...]  # one of them is in whatever matches without emoji: most texts need no further look
    pattern: Pattern[str]

    def may_be_in(self, text: str) -> bool:
        """Tell cheaply whether a lower-case text can match at all."""
        return not text.isascii() or any(word in text for word in self.words)


def _cue(asks: AssetType, words: str, *patterns: str) -> Cue:
    return Cue(asks, tuple(words.split()), re.compile("|".join(f"(?:{pattern})" for pattern in patterns)))


CUES: tuple[Cue, ...] = (
    _cue(
        AssetType.POLL,
        "vote poll survey questionnaire pick which :",
        r"\b(?:please|pls|go|time to|don't forget to|remember to|can you|could you) vote\b",
        r"^(?:and |so |now )?(?:cast your vote|vote\b(?! (?:was|is|has|by|count)))",
        r"\b(?:quick|short|new|today's|this week's|little|one[- ]question) (?:poll|survey)\b"
        r"(?! (?:results?|closed|is over|showed))",
        r"^poll\s*:",
        r"\b(?:take|answer|fill (?:in|out)|complete) (?:our|the|this|my|a) (?:\w+ ){0,2}"
        r"(?:poll|survey|questionnaire)\b",
        r"\bpick (?:your|a|one) (?:favou?rite|option|of)\b",
        r"\bwhich (?:one |of these |option )?(?:do|would) you (?:prefer|pick|choose|like best)\b",
        rf"{_EMOJI}\s*(?:=|for|if|:|-)\s*[^.?!]{{1,60}}{_EMOJI}\s*(?:=|for|if|:|-)",
    ),
    _cue(
        AssetType.THUMBS_UP,
        "thumb +1 like react with :",
        r"\b(?:give|drop|leave|hit|smash|press|add|send)(?: (?:us|me|it|this|the|a|that|post|button|big)){0,4}"
        rf" (?:{_THUMB}|like)(?!\w)",
        r"\b(?:react|respond|reply|answer|acknowledge) with (?:a |an |the )?"
        rf"(?:{_THUMB}|{_EMOJI}|emoji|tick|check ?mark)",
        rf"(?:^|[\s(]){_THUMB} (?:this|here|below|if|when|once)\b",
        rf"{_EMOJI} (?:if you|when you|once you|below if)\b",
        r"^(?:please )?(?:react|like this (?:post|message))(?= if| when| once| to| below| here|[.! ]*$)",
    ),
    _cue(
        AssetType.CHALLENGE,
        "challenge mission task homework quest assignment try turn",
        r"\b(?:i|we) challenge (?:you|everyone|everybody|all of you|the team)\b",
        r"\bchallenge (?:yourself|of the (?:day|week|month)|time)\b",
        r"\b(?:this week's|today's|our|weekly|daily|monthly|new|next) (?:\w+ )?challenge\s*(?::|is\b|-|!|$)",
        r"^(?:\w+ )?challenge\s*:",
        r"\b(?:take|join|accept|try) (?:on |up )?(?:the|our|this|my) (?:[\w-]+ ){0,2}challenge\b",
        r"\byour (?:mission|task|homework|quest|assignment)(?: for)?(?: this week| today| this month)?\s*(?::|is\b)",
        r"\b(?:try (?:it|this) (?:out )?(?:this week|today|in your next|on your next)|your turn to try)\b",
    ),
    _cue(
        AssetType.DISCUSSION,
        "think thought opinion view take reaction feedback discuss debate talk agree feel stand conversation",
        r"\b(?:what do you|what does everyone|what does everybody|what do we|what do y'all) (?:all )?think\b",
        r"\b(?:what are|what's|what is|share|post|drop|add|give us|tell us|tell me) (?:us |me )?your"
        r" (?:\w+ )?(?:thoughts|opinions?|views?|takes?|reactions?|feedback)\b",
        r"\b(?:any|your|looking for|curious for|love your|welcome your) (?:other )?"
        r"(?:thoughts|opinions|views|feedback)\b(?= ?\?|.*\b(?:on|about|welcome|please)\b)",
        r"^thoughts\s*\?",
        r"\b(?:let's|let us|please|want to|happy to|time to)"
        r" (?:discuss|debate|talk about|have a discussion|have a debate)\b",
        r"^(?:discuss|debate|discussion)\s*(?::|[.!]?$)",
        r"\b(?:agree or disagree|do you agree|would you agree|how do you feel about|where do you stand)\b",
        r"\b(?:join|start|continue) the (?:discussion|debate|conversation)\b",
    ),
    _cue(
        AssetType.QUESTION,
        "answer question one body",
        r"\b(?:post|reply with|write|drop|give|share|leave) your answers?\b",
        r"^question (?:of the (?:day|week|month)|for you|time)\b",
        r"\b(?:does|has|is|can|could|did|would) (?:anyone|anybody|someone|somebody)\b[^?]*\?",
        r"\b(?:anyone|anybody) (?:know|have|here|else|got|tried|used|using|able|willing)\b[^?]*\?",
    ),
    _cue(
        AssetType.SHARE,
        "share post upload show send drop tell introduce say",
        r"\b(?:please|pls|can you|could you|would you|let's|feel free to|invite you to|want you to|love you to|"
        r"would love for you to|remember to|don't forget to|and|then) (?:share|post|upload|show|send|drop)"
        rf" (?:\w+ )?{_POSSESSED}\b",
        rf"^(?:so |now |and )?(?:share|post|upload|drop|show us|show me|send us|send me) (?:with us )?{_POSSESSED}\b",
        r"\btell (?:us|me|the group|everyone) (?:about|how|what|which|your|one)\b",
        r"^(?:introduce yourself|say hello|say hi)\b",
        r"\bplease introduce yourself\b",
    ),
)
"""What is looked for, the more particular kinds first: a poll is also a question, opinions are also shared."""

_OPEN_QUESTION = re.compile(
    r"^(?:(?:so|and|but|ok|hey|hi|hello|quick question|question|all|team|everyone|folks|also|btw)\b[\s,:\-]*)*"
    r"(?:what|what's|which|who|who's|whose|where|where's|when|why|how|how's|do|does|did|is|are|was|were|can|could|would|"
    r"should|have|has|will|any|anyone|anybody|am)\b[^?]*\s[^?]+\?"
)

_ANNOUNCEMENT = re.compile(
    r"^(?:announcement|fyi|psa|heads[- ]up|reminder|save the date|news|update|now live|new episode|new in)\b\s*[:\-!,]"
    r"|\b(?:we are|we're|i am|i'm) (?:\w+ )?(?:announcing|launching|releasing|thrilled to announce|excited to announce|"
    r"happy to announce|pleased to announce|proud to announce|excited to share that|happy to share that)"
    r"|^(?:announcing|introducing)\b"
    r"|\b(?:is|are) (?:now|finally) (?:live|available|online|open for registration|published)\b"
    r"|^(?:please note that|just a reminder)\b"
)


def classify(text: str) -> AssetType | None:
    """Tell what a message asks for.

    The clauses of the text are looked through for the cues of `CUES`, kind by kind; a cue that is negated ("no need to
    vote") does not count. Then a real question (an asking word and a question mark, not just "really?") is a
    `question`, and what only tells in the way of announcements is an `announcement`. Everything else asks for nothing.
    It errs towards None: a message that is wrongly taken for a prompt would be called silent.

    Parameters
    ----------
    text
        English text as people see it: no code, no addresses of links.

    Returns
    -------
    AssetType or None
        What is asked for; None when nothing is.

    Examples
    --------
    >>> classify("Give it a thumbs up if the podcast helped")
    <AssetType.THUMBS_UP: 'thumbs_up'>
    >>> classify("How do you open a call with an angry customer?")
    <AssetType.QUESTION: 'question'>
    >>> classify("Thanks for sharing the slides!") is None
    True
    >>> classify("No need to vote, the room is booked.") is None
    True
    """
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    parts = (_SPACE.sub(" ", part).strip(" *_~>-\N{BULLET}") for part in _CLAUSE.split(plain))
    clauses = [part[:_LONGEST] for part in parts if part]
    for cue in CUES:
        if cue.may_be_in(plain) and any(_asked(cue.pattern, clause) for clause in clauses):
            return cue.asks
    if "?" in plain and any(_OPEN_QUESTION.search(clause) for clause in clauses):
        return AssetType.QUESTION
    if any(_ANNOUNCEMENT.search(clause) for clause in clauses):
        return AssetType.ANNOUNCEMENT
    return None


def _asked(pattern: Pattern[str], clause: str) -> bool:
    return any(not _NEGATED.search(clause[: match.start()]) for match in pattern.finditer(clause))
