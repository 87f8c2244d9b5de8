# Deno, found by deno.json.
FROM denoland/deno:2 AS build
WORKDIR /app
ENV DENO_DIR=/app/.deno
COPY . .
RUN --mount=type=cache,target=/root/.cache/deno deno cache main.ts

FROM denoland/deno:2
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV DENO_DIR=/app/.deno
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","exec deno serve --allow-net --allow-env --allow-read --host \"${HOST:-0.0.0.0}\" --port \"$PORT\" main.ts"]
