"""A simulated Slack workspace with two dead assets in it, and the player that sends it to a gateway."""

from pipeline.simulate.journal import Delivery
from pipeline.simulate.player import Player, PlayerError, Progress
from pipeline.simulate.simulation import PromptTruth, Simulation, Truth
from pipeline.simulate.story import STORY_START, SimulationError, simulate

__all__ = [
    "STORY_START",
    "Delivery",
    "Player",
    "PlayerError",
    "Progress",
    "PromptTruth",
    "Simulation",
    "SimulationError",
    "Truth",
    "simulate",
]
