"""Faust with batches, for somebody who knows Faust: what is replaced, why, and what stays.

Stock Faust stays: app and worker, agents and their supervisors, the consumer in its thread, group membership and
rebalancing, conductor and flow control, the commit loop, the web server, sensors. Written for faust-streaming 0.15.3
and aiokafka 0.14.0 of the lock file; `tests/pipeline/transport/test_faust.py` says what of them is relied on, and
fails when another version is locked.

What is replaced, all through its plug points (`App._new_transport`, `Transport.Consumer`, the topic's schema):

- `consumer`, `arrivals`, `batch`: a stream event is what was fetched of a partition, not one record. Stock Faust spends
  about 130 microseconds on every record, 31 % of it waiting for one of two tasks; a batch costs that once. Every
  record is made once, in the thread that fetched it. Offsets are committed in the order of delivery: stock Faust
  commits past what is still in work when the first of several offsets is the late one (issue 606, PR 707). What is
  acknowledged after a rebalance by whoever had the partition before it counts no more. After a rebalance everything
  that is not committed comes again, also of partitions of which nothing is: stock Faust leaves those where a fetch that
  waited through the rebalance has moved them. Topics that the broker did not know, as while it starts, are asked for
  again every second, not after five minutes; `offsets`: so is whoever leads a partition now, when another broker did so
  before. One batch of a partition is under way at most: what arrives meanwhile stays in the broker and makes the next
  fetch larger, or a slow broker would be asked for one transaction a record.
- `lane`, `lanes`: every partition of every agent is worked on in a task of its own. An agent that waits for one
  partition (for an epoch to be learned from) must not hold up the others: they may be what it waits for. Stock Faust
  acknowledges an event whose agent raised, and `take()` a whole batch: both lose it. Here a batch is acknowledged when
  everything it caused is in the broker. A record that makes an agent raise is tried alone and then put aside as a dead
  letter; its neighbours are worked through.
- `changelog`, `writer`, `fenced`: state is kept as the latest record of each key in a topic of the agent's own, one
  record a touched key and batch, instead of in Faust's tables: those write one record an event, and the memory store
  keeps the keys of partitions that moved away. On Apache Kafka outputs and state of a batch are one transaction, with
  one transactional id an agent and partition that is taken over before anything is read back. So a worker that was
  taken for dead and comes back is refused by the broker (`FencedError`) and ends; without that its stale records would
  be the last of their keys, and compaction would make them the truth. Everything that is read is read committed.
  Faust's own `exactly_once` is not this and is broken in several ways (issues 136, 177, 323, 517). The embedded broker
  has no transactions (`CRICKETS_KAFKA__TRANSACTIONS=false`); there outputs are written first and the state after them,
  and every reader knows a record that comes again.
- `transactions`: a broker that was killed in the middle of a commit, and comes back before anybody missed it, may lose
  how the transaction ended where nobody else leads the partition. Who takes a partition over, or has lost a connection
  since its last commit, asks whether that transaction is still open somewhere, and ends it once more as it had ended.
- a partition that stays through a rebalance keeps its state in memory (aiokafka's sticky assignor, and only if no
  generation was missed); Faust would read all of it back.
- `broadcast`: small compact topics that every worker reads whole, instead of global tables.
- `outbox`: the producer of everything that is not part of a transaction.
- `watchdog`, `progress`, `health`: consumers and agents of Faust can stall for ever (issues 523, 532, 629). A thread
  with a broker connection of its own compares work and progress of every partition and ends the process with status 70
  when one stands still; `/readyz` turns red before that. After a crash the process ends within 20 seconds, whatever
  Faust's threads do.

The life of a batch: fetched -> queued for the lanes of its topic -> the agent's effects are carried out -> outputs and
state committed -> acknowledged -> its offset committed by Faust's commit loop. A crash anywhere brings it again, from
the last committed offset; the state carries the offset that it has seen, and passes over what it knows.
"""
