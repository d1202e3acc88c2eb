"""Erasure: a member is taken out of the tables, the workers are told to forget them, and nobody brings them back."""

from pipeline.erasure.erase import ErasureError, Plan, carry_out, plan
from pipeline.erasure.listed import erased_by, erased_members, listed, without_erased

__all__ = ["ErasureError", "Plan", "carry_out", "erased_by", "erased_members", "listed", "plan", "without_erased"]
