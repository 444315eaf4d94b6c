"""Which threads live on, apart from those of the tests' own servers."""

import threading


def timers() -> set[threading.Thread]:
    """Return the deadlines that are running: compare them before and after, because servers' threads come and go."""
    return {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)}
