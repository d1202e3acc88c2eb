"""record: turn what stands in the topics into rows of the tables, one pure function for all of them."""

from agents.record.rows import HISTORY, RECORDED, UnrecordedTopicError, known, refused, rows

__all__ = ["HISTORY", "RECORDED", "UnrecordedTopicError", "known", "refused", "rows"]
