"""Django settings of Celery that no environment changes."""

CELERY_TASK_IGNORE_RESULT = True
# The task of a dead worker is redelivered. Running it twice is safe because of claims and fences.
CELERY_TASK_ACKS_LATE = True
# A hanging task is ended before the broker redelivers its message (visibility_timeout).
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 480, 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 2, "visibility_timeout": 600}
CELERY_BEAT_SCHEDULER = "rag_app.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE = {
    "due-jobs": {"task": "bookings.tasks.run_due_jobs", "schedule": 5.0},
    "sweep": {"task": "bookings.tasks.sweep", "schedule": 3600.0},
}
