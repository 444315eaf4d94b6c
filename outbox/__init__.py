"""Work that must be done after a commit: rows that are claimed, delivered and settled, whatever fails in between.

`models` has the row and its moves, `states` the table of moves, `backoff` the pauses, `delivery` the steps of every
delivery, `dispatch` starts one after a commit, `background` is a thread for it, `loop` is the worker, `clock` the
shared time, and `metrics` counts the moves. An app that needs an outbox subclasses `OutboxRow` and `Courier`; leases,
fences and retries are only here.
"""
