"""Two malicious users, a student and a teacher, stay within their limits; other users must hardly notice them.

The whole service runs as in `make stack`, under the same load twice: without the two, and while they reschedule
sessions back and forth, add hours and absences up to the limits, send the most expensive requests, click through the
admin, confirm while Zoom hangs, hold row locks, and keep slow connections open.

python -m scripts.adversary [--seconds 300] [--students 60]
"""

import argparse
import signal
import sys

from scripts.servers import CADDY, advice
from scripts.stack import end, stack


def main() -> int:
    """Return 0 if all other users were served as before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300, help="Duration of each of the two loads, default 300.")
    parser.add_argument("--students", type=int, default=60, help="Number of other students, default 60.")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, end)
    with stack() as running:
        if not running.authority:
            raise SystemExit(f"Only the proxy stops slow clients. {advice([CADDY])}")
        running.adopt_environment()
        from scripts.worst import prove  # its models need the settings

        return prove(running, asked.seconds, asked.students)


if __name__ == "__main__":
    sys.exit(main())
