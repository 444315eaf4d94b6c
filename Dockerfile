# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 WEB_CONCURRENCY=2
RUN useradd --system --no-create-home bookings
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Collecting the admin's files needs no secrets: development's defaults do.
RUN DEBUG=true python manage.py collectstatic --noinput
USER bookings
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENV HOST=0.0.0.0
CMD ["python", "-m", "rag_app.server"]
