"""Facts of an open prompt: packed while nothing is told of it, unpacked into contracts when something is."""

from collections.abc import Callable
from typing import Any

import msgspec

from agents.track.state import Facts, Moments, encode
from models.judgement import Judgement
from schemas.erasure import ERASED, digest
from schemas.response import Asked
from schemas.twins import Expectation, Prompt, Surroundings

read_facts: Callable[[bytes], Facts] = msgspec.msgpack.Decoder(Facts).decode
"""Read all facts."""

read_moments: Callable[[bytes], Moments] = msgspec.msgpack.Decoder(Moments).decode
"""Read what it takes to let time pass: the beginning."""

read_asked: Callable[[bytes], Asked] = msgspec.msgpack.Decoder(Asked).decode
"""Read what the definition of a response asks for: the beginning."""

_JSON = msgspec.json.Encoder().encode


def pack(prompt: Prompt, expectation: Expectation, judged: Judgement, *, length: int, horizon: float) -> bytes:
    """Pack the facts of a new prompt.

    Parameters
    ----------
    prompt, expectation, judged
        What it is, and what is expected of it.
    length
        Characters of its text: rates are kept by it.
    horizon
        Seconds.
    """
    around = prompt.surroundings
    facts: tuple[Any, ...] = (
        prompt.message,
        prompt.author,
        prompt.posted_at,
        prompt.posted_at + horizon,
        expectation.deadline,
        [prompt.posted_at + edge for edge in judged.edges],
        prompt.workspace,
        _JSON(judged.features),
        prompt.source,
        prompt.conversation,
        prompt.asset_id,
        prompt.asset_type,
        prompt.asset_type_from,
        prompt.persona,
        prompt.persona_given,
        prompt.reach,
        (
            around.active_members,
            around.channel_members,
            around.channel_age_hours,
            around.competing_prompts,
            around.earlier_prompts,
        ),
        (
            expectation.p_zero,
            expectation.p_zero_horizon,
            expectation.expected,
            expectation.expected_horizon,
            expectation.alpha,
            expectation.as_of,
            expectation.version,
        ),
        expectation.views,
        length,
        expectation.borrowed,
        expectation.borrowed_from,
    )
    return encode(facts)


def forget_author(packed: bytes, erased: str) -> bytes:
    """Return the facts without their author where that is who is erased, else the same ones."""
    if digest(read_asked(packed).author) != erased:
        return packed
    return encode(msgspec.structs.replace(read_facts(packed), author=ERASED))


def prompt_of(prompt_id: str, facts: Facts) -> Prompt:
    """Return the prompt as it is told."""
    active_members, channel_members, channel_age_hours, competing_prompts, earlier_prompts = facts.surroundings
    return Prompt(
        prompt_id=prompt_id,
        source=facts.source,
        workspace=facts.workspace,
        conversation=facts.conversation,
        message=facts.message,
        author=facts.author,
        posted_at=facts.posted_at,
        asset_id=facts.asset_id,
        asset_type=facts.asset_type,
        asset_type_from=facts.asset_type_from,
        persona=facts.persona,
        persona_given=facts.persona_given,
        reach=facts.reach,
        surroundings=Surroundings(
            active_members=active_members,
            channel_members=channel_members,
            channel_age_hours=channel_age_hours,
            competing_prompts=competing_prompts,
            earlier_prompts=earlier_prompts,
        ),
    )


def expectation_of(facts: Facts, deadline: float | None) -> Expectation:
    """Return the expectation as it is told, with the deadline as it stands now."""
    p_zero, p_zero_horizon, expected, expected_horizon, alpha, as_of, version = facts.expectation
    return Expectation(
        p_zero=p_zero,
        p_zero_horizon=p_zero_horizon,
        expected=expected,
        expected_horizon=expected_horizon,
        borrowed=facts.borrowed,
        borrowed_from=facts.borrowed_from,
        deadline=deadline,
        alpha=alpha,
        as_of=as_of,
        version=version,
        views=facts.views,
    )
