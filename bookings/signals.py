"""Signals for apps above this one."""

from django.dispatch import Signal

# Both are sent for each move inside its transaction, with `booking` and `change` (its BookingChange). A receiver that
# raises rolls the move back: it may write rows, but must not use the network.

# Before the change is stored. Each receiver returns new rows to be stored with it: a PreparedInsert and the rows.
booking_moving = Signal()
# Afterwards.
booking_moved = Signal()
