"""Keep a booking's Zoom meeting in agreement with it. The only package that imports `bookings.zoom_client`.

`sync` writes a row in the transaction of a change. `delivery` claims it: `plan` decides what to ask of Zoom next,
`steps` asks it, and the outcome is recorded. `reconciliation` finds what was changed at Zoom itself.
"""
