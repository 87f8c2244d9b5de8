# Python, Flask, found by pyproject.toml, app.py.
FROM python:3.13-slim AS build
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH
ENV PYTHONUNBUFFERED=1
COPY pyproject.toml ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv python3 -m venv .venv
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv python3 -m venv "${TMPDIR:-/tmp}"/poetry && "${TMPDIR:-/tmp}"/poetry/bin/pip install poetry
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv POETRY_VIRTUALENVS_IN_PROJECT=true "${TMPDIR:-/tmp}"/poetry/bin/poetry install --only main --no-root --no-interaction
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv .venv/bin/python -m pip install gunicorn
COPY . .

FROM python:3.13-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV PATH=/app/.venv/bin:$PATH
ENV PYTHONUNBUFFERED=1
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","exec .venv/bin/python -m gunicorn --bind \"${HOST:-0.0.0.0}:$PORT\" --workers 2 --threads 4 app:app"]
