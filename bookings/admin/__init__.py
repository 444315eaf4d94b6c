"""The admin of bookings: superusers see all, teachers their own. Importing the modules registers them."""

from bookings.admin import hours, records, views

__all__ = ["hours", "records", "views"]
