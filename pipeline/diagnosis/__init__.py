"""Diagnosis study: assets die of causes that are known, and the product's own agents say what they died of.

`causes` says how a cause shows itself, `workspace` makes events and directory of that, `life` lets the agents live
through it, `measures` counts what was told beside what was planted, `run` does it for several workspaces.
"""
