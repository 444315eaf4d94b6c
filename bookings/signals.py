"""What other apps may hear of, without bookings knowing them."""

from django.dispatch import Signal

# Sent for each move inside its transaction, with `booking` and `change` (its BookingChange). A receiver that raises
# takes the move back: it may write rows, and must ask nothing of the network.
booking_moved = Signal()
