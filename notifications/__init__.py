"""Mail to the two parties of a booking, and to the school.

A move writes its messages in its own transaction (`writing`); the outbox sends them (`delivery`), never a request.
"""
