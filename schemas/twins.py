"""The twins of the contracts that are read and written once an event, under the names of their contracts."""

from typing import TYPE_CHECKING

from schemas import event, expectation, observation, outcome, verdict
from schemas.compiled import Reader, twin

if TYPE_CHECKING:
    from schemas.event import Watermark as Watermark
    from schemas.expectation import Expectation as Expectation
    from schemas.observation import Activity as Activity
    from schemas.observation import BinPassed as BinPassed
    from schemas.observation import HorizonReached as HorizonReached
    from schemas.outcome import Outcome as Outcome
    from schemas.outcome import Outlook as Outlook
    from schemas.outcome import Prompt as Prompt
    from schemas.outcome import Surroundings as Surroundings
    from schemas.verdict import Verdict as Verdict
else:
    Watermark = twin(event.Watermark)
    Expectation = twin(expectation.Expectation)
    Activity = twin(observation.Activity)
    BinPassed = twin(observation.BinPassed)
    HorizonReached = twin(observation.HorizonReached)
    Outcome = twin(outcome.Outcome)
    Outlook = twin(outcome.Outlook)
    Prompt = twin(outcome.Prompt)
    Surroundings = twin(outcome.Surroundings)
    Verdict = twin(verdict.Verdict)

EVENTS: Reader[event.Event] = Reader(event.Event, event.EVENT)
"""Reads topic `events`."""

OUTCOMES: Reader[outcome.OutcomeRecord] = Reader(outcome.OutcomeRecord, outcome.OUTCOME)
"""Reads topic `outcomes`."""
