"""When a teacher can be booked."""
