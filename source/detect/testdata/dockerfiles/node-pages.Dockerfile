# Node, found by package.json.
FROM node:22-slim AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.npm npm run build
RUN for d in dist build out public _site .; do if [ -f "$d/index.html" ]; then cp -r "$d/." /srv/; exit; fi; done; echo "the build left no index.html" >&2; exit 1

FROM caddy:2-alpine
COPY --from=build /srv /srv
RUN printf '%s\n' ':{$PORT:8080}' 'root * /srv' 'encode gzip' '@hidden path_regexp (^|/)\.[^/]*' '@known path /.well-known/*' 'handle @known {' 'file_server' '}' 'handle @hidden {' 'error 404' '}' 'handle {' 'try_files {path} {path}.html {path}/index.html' 'file_server' '}' 'handle_errors {' '@page file /404.html' 'rewrite @page /404.html' 'file_server' '}' > /etc/caddy/Caddyfile
ENV PORT=8080 XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["caddy","run","--config","/etc/caddy/Caddyfile"]
