# Procfile, found by Procfile.
FROM debian:stable-slim AS build
WORKDIR /app
COPY . .

FROM debian:stable-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","python3 serve.py"]
