# Elixir, Phoenix, found by mix.exs.
FROM elixir:1.18-slim AS build
WORKDIR /app
ENV MIX_ENV=prod
COPY mix.exs ./
RUN --mount=type=cache,target=/root/.mix --mount=type=cache,target=/root/.hex mix local.hex --force && mix local.rebar --force
RUN --mount=type=cache,target=/root/.mix --mount=type=cache,target=/root/.hex MIX_ENV=prod mix deps.get --only prod
COPY . .
RUN --mount=type=cache,target=/root/.mix --mount=type=cache,target=/root/.hex MIX_ENV=prod mix compile
RUN --mount=type=cache,target=/root/.mix --mount=type=cache,target=/root/.hex MIX_ENV=prod mix assets.deploy
RUN --mount=type=cache,target=/root/.mix --mount=type=cache,target=/root/.hex MIX_ENV=prod mix release --overwrite

FROM elixir:1.18-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV MIX_ENV=prod
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","PHX_SERVER=true exec _build/prod/rel/hello/bin/hello start"]
