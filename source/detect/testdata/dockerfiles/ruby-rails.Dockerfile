# Ruby, Rails, found by Gemfile, config.ru.
FROM ruby:3.3 AS build
WORKDIR /app
ENV RAILS_ENV=production
ENV RACK_ENV=production
ENV BUNDLE_APP_CONFIG=/app/.bundle
COPY Gemfile ./
RUN --mount=type=cache,target=/root/.bundle/cache bundle config set --local path vendor/bundle
RUN --mount=type=cache,target=/root/.bundle/cache bundle config set --local without development:test
RUN --mount=type=cache,target=/root/.bundle/cache bundle install
COPY . .
RUN --mount=type=cache,target=/root/.bundle/cache RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 bundle exec rails assets:precompile

FROM ruby:3.3-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV RAILS_ENV=production
ENV RACK_ENV=production
ENV BUNDLE_APP_CONFIG=/app/.bundle
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","RAILS_ENV=production RAILS_LOG_TO_STDOUT=1 exec bundle exec rails server -b \"${HOST:-0.0.0.0}\" -p \"$PORT\""]
