"""Webhooks out: every move of a booking is posted to the site's own back ends, signed as Standard Webhooks.

A move writes its deliveries in its own transaction (`writing`); the outbox posts them (`delivery`), never a request.
"""
