# static files, found by Staticfile.
FROM caddy:2-alpine
COPY site /srv
RUN printf '%s\n' ':{$PORT:8080}' 'root * /srv' 'encode gzip' '@hidden path_regexp (^|/)\.[^/]*' '@known path /.well-known/*' 'handle @known {' 'file_server' '}' 'handle @hidden {' 'error 404' '}' 'handle {' 'try_files {path} {path}.html {path}/index.html /index.html' 'file_server' '}' 'handle_errors {' '@page file /404.html' 'rewrite @page /404.html' 'file_server' '}' > /etc/caddy/Caddyfile
ENV PORT=8080 XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["caddy","run","--config","/etc/caddy/Caddyfile"]
