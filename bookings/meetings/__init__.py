"""A booking's Zoom meeting, kept in agreement with the booking. The only room that knows `bookings.zoom_client`.

`sync` leaves a note in the transaction of a change. `delivery` takes it up: `plan` decides what to ask of Zoom next,
`steps` asks it, and the outcome is recorded. `reconciliation` finds what was changed at Zoom itself.
"""
