# The platform, agent and edge in one image: docker build -t syntra .
# Not built where it was written (no images can be pulled there).

FROM node:24-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY web/ ./
RUN npm run build --silent

FROM golang:1.26-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -ldflags "-s -w -X github.com/syntra-dev/syntra/cmd/syntra/version.Version=${VERSION}" -o /out/syntra ./cmd/syntra && \
    go build -trimpath -ldflags "-s -w" -o /out/syn ./cmd/syn

# glibc, not musl: the binary links libc dynamically for the embedded ClickHouse. In here the engines are outside ones,
# so npm is left out: give DATABASE_URL, TEMPORAL_ADDRESS and CLICKHOUSE_URL.
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/syntra syntra \
    && install -d -o syntra -g syntra -m 0700 /var/lib/syntra
COPY --from=build /out/ /usr/local/bin/
USER syntra
VOLUME /var/lib/syntra
EXPOSE 7700
ENTRYPOINT ["syntra"]
CMD ["serve", "--listen", "0.0.0.0:7700"]
