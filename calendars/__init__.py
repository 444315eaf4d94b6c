"""Calendars outside: each person's sessions as an address that calendar programs subscribe to.

Teachers name other calendars of theirs, which `reading` fetches: what they hold cannot be booked.

An event has one home, `events`: invitations by mail, the file of one booking and the address all build it there.
"""
