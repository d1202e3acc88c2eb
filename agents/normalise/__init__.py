"""Webhooks become canonical events: pseudonymous, without text, one language for all sources."""

from agents.normalise.normalise import AHEAD_SECONDS, forget, normalise
from agents.normalise.slack import SlackTranslator
from agents.normalise.translator import Translator, UntranslatableError

__all__ = ["AHEAD_SECONDS", "SlackTranslator", "Translator", "UntranslatableError", "forget", "normalise"]
