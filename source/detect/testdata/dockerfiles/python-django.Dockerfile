# Python, Django, found by requirements.txt, manage.py.
FROM python:3.13-slim AS build
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH
ENV PYTHONUNBUFFERED=1
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv python3 -m venv .venv
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv .venv/bin/python -m pip install -r requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv .venv/bin/python -m pip install gunicorn
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=cache,target=/root/.cache/uv SECRET_KEY="${SECRET_KEY:-only-for-the-build}" .venv/bin/python manage.py collectstatic --noinput

FROM python:3.13-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV PATH=/app/.venv/bin:$PATH
ENV PYTHONUNBUFFERED=1
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","exec .venv/bin/python -m gunicorn --bind \"${HOST:-0.0.0.0}:$PORT\" --workers 2 --threads 4 site_of.wsgi:application"]
