"""What the figures have to reach."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.entry import CPU, Entry


@dataclass(frozen=True)
class Target:
    """A figure, or its ratio to another, that must be at least or at most so much."""

    name: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    times: str = ""
    """Name of the figure whose multiple is meant."""

    def value(self, entries: Mapping[tuple[str, str], Entry]) -> float | None:
        """Return what was measured, None where it was not."""
        entry = entries.get((self.name, self.unit))
        if entry is None:
            return None
        return entry.ratio_to.get(self.times) if self.times else entry.median

    def met(self, value: float) -> bool:
        """Tell whether it is reached."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        bound = f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"
        return f"{bound} x {self.times}" if self.times else f"{bound} {self.unit}"


_VIEWS = """
anomalies_now building calibration chronic_segments dead_assets dead_letters_now dead_now expectation_history
feedback_now hidden_personas hypotheses_by_week parts_now prompts_now recent silence_by_segment source_health_now
time_to_first_response told_and_true too_little_to_tell unknown_prompts
"""
TRACK, TWO = "throughput/track", "throughput/track-two-workers"

TARGETS = (
    Target(TRACK, CPU, at_least=1.5, times="throughput/quix"),
    Target(TRACK, CPU, at_least=25.0, times="throughput/stock-table"),
    Target(TRACK, CPU, at_least=0.8, times="throughput/bare"),
    Target(TWO, CPU, at_least=1.7, times=TRACK),
    *(
        Target(f"latency/durable-{rate}/{quantile}", "ms", at_most=most)
        for rate in (500, 5000)
        for quantile, most in (("p50", 40.0), ("p99", 150.0))
    ),
    Target("latency/row-behind-tick/p99", "ms", at_most=1000.0),
    Target("models/judge", "judgements per CPU second", at_least=20_000.0),
    Target("models/age-bin", "learning steps per CPU second", at_least=20_000.0),
    Target("models/horizon", "learning steps per CPU second", at_least=20_000.0),
    Target("sink/mix", "rows per CPU second", at_least=100_000.0),
    *(Target(f"views/{view}", "ms", at_most=200.0) for view in _VIEWS.split()),
    Target("open-prompts/1000000/memory", "MiB", at_most=2048.0),
    Target("open-prompts/1000000/recovery", "s", at_most=30.0),
)
