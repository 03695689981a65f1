# One image: `hub serve` against the PostgreSQL that HUB_DATABASE_URL names.
FROM node:22-slim AS web
WORKDIR /hub/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web ./
RUN node build.mjs

FROM python:3.13-slim
WORKDIR /hub
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock && useradd --no-create-home hub
COPY . .
COPY --from=web /hub/web/static/built web/static/built
RUN printf '#!/bin/sh\nexec python -m hub "$@"\n' >/usr/local/bin/hub && chmod +x /usr/local/bin/hub
ENV PYTHONPATH=src PYTHONUNBUFFERED=1 HUB_HOST=0.0.0.0
USER hub
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
CMD ["hub", "serve"]
