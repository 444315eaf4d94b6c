"""Signals for apps above this one."""

from django.dispatch import Signal

# Sent for each move inside its transaction, with `booking` and `change` (its BookingChange). A receiver that raises
# rolls the move back: it may write rows, but must not use the network.
booking_moved = Signal()
