"""One student and one teacher do their worst, each within their limits; everybody else must hardly notice.

The whole service runs as `make stack` runs it. Everybody uses it twice for so many seconds: in peace, and while the two
move sessions back and forth, fill their hours and absences to the brim, ask for the most expensive answers, click
through the admin, confirm while Zoom hangs, hold rows, and keep connections open that say next to nothing.

python -m scripts.adversary [--seconds 300] [--students 60]
"""

import argparse
import os
import signal
import sys

from scripts.servers import CADDY, advice
from scripts.stack import end, stack


def main() -> int:
    """Return 0 if everybody else was served as before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300, help="How long each of the two lasts, default 300.")
    parser.add_argument("--students", type=int, default=60, help="How many others there are, default 60.")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, end)
    with stack() as running:
        if not running.authority:
            raise SystemExit(f"Slow clients are the proxy's to stop. {advice([CADDY])}")
        os.environ |= running.env | {"DJANGO_SETTINGS_MODULE": "rag_app.settings"}
        os.environ["REQUESTS_CA_BUNDLE"] = running.authority
        from scripts.worst import prove  # its models need the settings

        return prove(running, asked.seconds, asked.students)


if __name__ == "__main__":
    sys.exit(main())
