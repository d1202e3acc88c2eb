import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ask import CUES, classify
from schemas.asset import AssetType

ASKS = {
    AssetType.THUMBS_UP: (
        "Give it a thumbs up if the podcast helped",
        "Please give this post a \N{THUMBS UP SIGN} when you have listened to it.",
        "React with :white_check_mark: once you have read the guide",
        "Drop a :+1: below if you want the slides",
        "+1 if you would come to a second session",
        "\N{PARTY POPPER} if you passed the exam!",
        "Like this post if it saved you time",
        "Enjoyed the episode? Hit the thumbs-up!",
    ),
    AssetType.QUESTION: (
        "How do you open a call with an angry customer?",
        "Does anyone know where the new price list is?",
        "Question of the week: what was your hardest negotiation",
        "Watch the clip and post your answer in the thread.",
        "Hi all, which template should we use for the quarterly review?",
        "Has anybody tried the new simulator yet?",
        "Where do you keep your notes after a visit?",
        "I read the guide twice. Why do we log the call before the visit?",
    ),
    AssetType.POLL: (
        "Please vote for the topic of the next webinar",
        "Vote in the thread until Friday!",
        "Quick poll: do you work from a checklist?",
        "Fill in our short survey, it takes two minutes",
        "Which one do you prefer, the video or the text?",
        ":one: for mornings, :two: for afternoons",
        "Pick your favourite of the three pitches",
        "Can you take the survey before lunch?",
    ),
    AssetType.SHARE: (
        "Share your best opening line in the thread",
        "Please share a photo of your workspace",
        "Post a screenshot of your first dashboard below.",
        "Tell us about a deal you lost and what it taught you",
        "Record yourself and upload your pitch here, then post one thing you would change",
        "Introduce yourself in the thread!",
        "After the module, feel free to share some examples from your site",
    ),
    AssetType.CHALLENGE: (
        "This week's challenge: give three pieces of feedback",
        "I challenge you to sell without slides for one day",
        "Your mission this week: interview one customer",
        "Take the 5-day challenge and report back",
        "Challenge of the month! Cut your longest mail in half",
        "Try it this week with one of your customers.",
    ),
    AssetType.DISCUSSION: (
        "What do you think about the new onboarding?",
        "Let's discuss the case in the thread",
        "Share your thoughts on the second chapter",
        "Thoughts?",
        "Agree or disagree: scripts make calls worse",
        "How do you feel about role play in training?",
        "Any feedback on the draft is welcome",
        "Join the discussion below",
    ),
    AssetType.ANNOUNCEMENT: (
        "Announcement: the academy moves to the third floor",
        "We are happy to announce the new learning path",
        "The recording is now available in the library",
        "FYI: the portal is down on Sunday",
        "Introducing the sales playbook, second edition",
        "Reminder: the course starts on Monday",
    ),
}

NOTHING = (
    "",
    "   \n ",
    "Hello World!",
    "Thanks for sharing the slides!",
    "Hi there! Thanks for sharing the info!",
    "I shared the numbers with finance yesterday.",
    "No need to vote, the room is booked.",
    "Please don't post your answers here.",
    "We voted on that last year and it passed.",
    "The survey showed that most people read mails at night.",
    "We had a challenge with the build this morning.",
    "It was like this when I came in.",
    "I like it.",
    "Really?",
    "ok?",
    "LOL what?",
    "The discussion took an hour and went nowhere.",
    "My thoughts are with the team in Lisbon.",
    "I think we should go home.",
    "That question came up in the exam.",
    "She posted the minutes.",
    "Here is your file!",
    "Good morning everybody",
    "Deployed version 3.2 to staging, all green.",
    "On my way, five minutes late.",
    "You never share your screen.",
)


@pytest.mark.parametrize(
    ("asks", "sentence"), [(asks, sentence) for asks, sentences in ASKS.items() for sentence in sentences]
)
def test_an_ask_is_recognised(asks: AssetType, sentence: str) -> None:
    assert classify(sentence) is asks


@pytest.mark.parametrize("sentence", NOTHING)
def test_what_asks_for_nothing_is_left_alone(sentence: str) -> None:
    assert classify(sentence) is None


def test_every_type_but_announcements_and_bare_questions_has_cues() -> None:
    assert {cue.asks for cue in CUES} == set(AssetType) - {AssetType.ANNOUNCEMENT}


@pytest.mark.parametrize("sentence", [ASKS[AssetType.SHARE][0], ASKS[AssetType.POLL][0], ASKS[AssetType.QUESTION][0]])
def test_case_and_typographic_apostrophes_do_not_matter(sentence: str) -> None:
    assert classify(sentence.upper()) is classify(sentence)
    assert classify("Let\N{RIGHT SINGLE QUOTATION MARK}s discuss the case") is AssetType.DISCUSSION


WORDS = sorted({word for sentences in ASKS.values() for sentence in sentences for word in sentence.lower().split()})


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_the_cheap_look_overlooks_nothing(text: str) -> None:
    for cue in CUES:
        assert cue.may_be_in(text) or not cue.pattern.search(text)


@pytest.mark.parametrize(("asks", "sentence"), [(asks, sentence) for asks in ASKS for sentence in ASKS[asks]])
def test_the_cheap_look_finds_every_example(asks: AssetType, sentence: str) -> None:
    for cue in CUES:
        assert cue.may_be_in(sentence.lower()) or not cue.pattern.search(sentence.lower()), asks


@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    assert classify(text) is None or classify(text) in AssetType
