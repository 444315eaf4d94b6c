"""Outgoing webhooks: post every move of a booking to the site's own back ends, signed by Standard Webhooks.

A move writes its deliveries in its own transaction (`writing`); the outbox posts them (`delivery`), never a request.
"""
