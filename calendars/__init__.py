"""External calendars: each person's sessions at a URL that calendar programs subscribe to.

Teachers add other calendars of theirs, which `reading` fetches: their busy times cannot be booked.

Events are built in one place, `events`: for invitations by mail, the file of one booking, and the feed.
"""
