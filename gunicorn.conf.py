"""How gunicorn serves the project; it reads this file by itself. Words on its command line win.

`kill -HUP` starts new processes with the new code and lets the old ones finish; SIGTERM finishes and stops.
docs.gunicorn.org/en/stable/settings.html
"""

from rag_app.env import env_int
from rag_app.operations.logs import logging_config

wsgi_app = "rag_app.wsgi"
# Threads, because a confirmation waits for Zoom. How many processes, WEB_CONCURRENCY says, and where, PORT.
worker_class = "gthread"
threads = env_int("WEB_THREADS", default=8, least=1)
# Longer than the proxy in front keeps a connection idle: it must not send a request just as we close.
keepalive = 75
# A confirmation may take 15 seconds.
graceful_timeout = 30
timeout = 60
# Ours (rag_app.operations.access_log) knows the route and the caller, and no query string.
accesslog = None
logconfig_dict = logging_config(for_eyes=False)
# `gunicornc` is not used, and the image's user has no home for its socket.
control_socket_disable = True
