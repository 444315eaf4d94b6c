"""Calendars outside: each person's sessions as an address that calendar programs subscribe to.

An event has one home, `events`: invitations by mail, the file of one booking and the address all build it there.
"""
