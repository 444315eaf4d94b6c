"""Work that must be done after a commit: rows that are claimed, delivered and settled, whatever fails in between.

`models` holds the row and its moves, `states` the table of them, `backoff` the pauses, `delivery` the road that every
delivery takes, `dispatch` how a commit sets it off, `background` a thread for it, `loop` what a worker does, `clock`
whose time counts. An app that needs an outbox makes a
model of `OutboxRow` and a `Courier` for it; leases, fences and retries are here and nowhere else.
"""
