"""Faust with batches: what is replaced, and why.

Stock Faust stays: app, worker, agents, consumer group, rebalancing, commit loop, web server, sensors. Replaced, all
through its plug points:

- `consumer`: an agent gets what was fetched of a partition as one batch, not single events (each of which costs about
  130 microseconds); offsets are committed in delivery order, and only what was acknowledged after its work was done.
  Stock Faust acknowledges an event whose agent raised, and `take()` a whole batch: both lose events.
- `lane`: every partition is worked on in a task of its own. An agent that waits for one partition (for an epoch to be
  learned from) must not hold up the others, they may be what it waits for.
- `changelog`: the state of an agent is kept as the latest record of each key in a topic of its own and read back by the
  lane that takes the partition over, instead of by Faust's tables: those write one record an event and keep the keys of
  partitions that moved away.
- `broadcast`: small compact topics that every worker reads whole.
"""
