"""Simulation study: workspaces of which the truth is known, judged by the product's own agents.

`people` says who works when and how readily they respond, `world` makes a workspace's events from that and keeps the
truth of every prompt, `life` lets the agents live through it, and each of the other modules asks one question of what
came out: `year`, `deaths`, `places`, `change`, `chronic`.
"""
