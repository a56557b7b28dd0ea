# One image for all processes; docker-compose.yml sets the command of each container.
# The tests run on this Python version. For a reproducible build, set this to an image digest.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /opt/slots
# run.txt, or extras.txt for tracing (OpenTelemetry).
ARG LOCK=run.txt
COPY requirements/ requirements/
RUN python -m pip install --require-hashes --only-binary=:all: -r requirements/build.txt \
 && /opt/slots/bin/python -m pip install --require-hashes --only-binary=:all: -r "requirements/${LOCK}"
# Last, because the sources change most often.
COPY . .
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/slots/bin/python -m pip install --no-deps --no-index dist/*.whl \
 && /opt/slots/bin/python -m pip uninstall --yes pip setuptools

FROM python:${PYTHON}
# The tag that docker-compose.yml gives to the image.
ARG VERSION
LABEL org.opencontainers.image.title="slot-recovery" org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/slots /opt/slots
# Otherwise the allocator creates an arena for every few threads, which is never freed.
ENV MALLOC_ARENA_MAX=2
ENV PATH=/opt/slots/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
# An unused user id: the process owns no file of the image and writes only to /tmp, which may be a tmpfs.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
# The same options as `slots up` (reasons in cli/local/services.py). Use a proxy in front: docs/how-to/going-live.md.
CMD ["granian", "--factory", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--no-ws", "--http", "1", \
     "--http1-header-read-timeout", "10000", "--http1-buffer-size", "65536", "--backpressure", "16384", \
     "--workers-kill-timeout", "20", "--interface", "rsgi", "web.app:create_app"]
