# Go, found by go.mod.
FROM golang:1.22 AS build
WORKDIR /app
ENV CGO_ENABLED=0
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build --mount=type=cache,target=/go/pkg/mod go build -trimpath -modcacherw -ldflags '-s -w' -o bin/app .

FROM debian:stable-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV CGO_ENABLED=0
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","exec ./bin/app"]
