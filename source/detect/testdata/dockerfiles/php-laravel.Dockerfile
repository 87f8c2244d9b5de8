# PHP, Laravel, found by composer.json, public/index.php.
FROM dunglas/frankenphp:1-php8.4 AS build
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends git unzip && php -r "copy('https://getcomposer.org/installer', '/tmp/c.php');" && php /tmp/c.php --install-dir=/usr/local/bin --filename=composer
COPY . .
RUN --mount=type=cache,target=/root/.cache/composer composer install --no-dev --no-interaction --prefer-dist --optimize-autoloader

FROM dunglas/frankenphp:1-php8.4
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","exec frankenphp php-server --listen \"${HOST:-0.0.0.0}:$PORT\" --root public"]
