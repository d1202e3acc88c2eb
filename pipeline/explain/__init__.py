"""The whole story of one prompt: what was posted, expected and came, when silence was news, why, and what to try."""

from pipeline.explain.find import Meant, SeveralPromptsError, UnknownPromptError, find
from pipeline.explain.read import read_story
from pipeline.explain.story import Story

__all__ = ["Meant", "SeveralPromptsError", "Story", "UnknownPromptError", "find", "read_story"]
