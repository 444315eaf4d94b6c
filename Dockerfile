FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.txt .
# The packages get an environment without pip; the build's own pip fills it.
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 WEB_CONCURRENCY=2
# Nothing is installed in production, so no installer is there to be attacked or to be patched.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/ensurepip \
        /usr/local/lib/python3.*/site-packages/pip* /usr/local/lib/python3.*/site-packages/setuptools* \
        /usr/local/lib/python3.*/site-packages/wheel* /usr/local/lib/python3.*/site-packages/pkg_resources \
        /usr/local/lib/python3.*/site-packages/_distutils_hack \
    && useradd --system --no-create-home bookings \
    # From a container's second start on, Docker gives a tmpfs the mode of the image's folder (docker/for-linux#138).
    && mkdir --mode=1777 /metrics
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Collecting static files needs settings that let production start, and none of their values.
RUN SECRET_KEY=collecting-static-files-signs-nothing-at-all ALLOWED_HOSTS=localhost SUPABASE_URL=https://localhost \
    ZOOM_API_KEY=none ZOOM_API_SECRET=none python manage.py collectstatic --noinput \
    # The running container cannot keep what it compiles.
    && python -m compileall -q .
USER bookings
EXPOSE 8000
# Whether the process is alive. Whether it should get requests is another question: docker-compose.yml asks that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENV HOST=0.0.0.0 PORT=8000
CMD ["python", "-m", "rag_app.server"]
