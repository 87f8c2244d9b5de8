# Rust, found by Cargo.toml.
FROM rust:1-slim AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry cargo build --release --bin hello-rust --target-dir "${TMPDIR:-/tmp}"/target
RUN --mount=type=cache,target=/usr/local/cargo/registry mkdir -p bin && cp "${TMPDIR:-/tmp}"/target/release/hello-rust bin/

FROM debian:stable-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","exec ./bin/hello-rust"]
