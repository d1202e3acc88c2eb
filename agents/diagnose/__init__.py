"""Diagnose: why a prompt is likely silent, by the experts' checklist; evidence for and against, and what to try."""

from agents.diagnose.agent import diagnose, explain, leading
from agents.diagnose.body import Diagnose
from agents.diagnose.evidence import EVIDENCE
from agents.diagnose.levels import Levels
from agents.diagnose.subject import Subject

__all__ = ["EVIDENCE", "Diagnose", "Levels", "Subject", "diagnose", "explain", "leading"]
