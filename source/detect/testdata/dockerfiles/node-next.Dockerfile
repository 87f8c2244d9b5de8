# Node, Next.js, found by package.json.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json ./
RUN --mount=type=cache,target=/root/.npm npm install
COPY . .
RUN --mount=type=cache,target=/root/.npm npm run build

FROM node:22-slim
WORKDIR /app
COPY --from=build --chown=1000:1000 /app ./
ENV NODE_ENV=production
ENV PATH=/app/node_modules/.bin:$PATH
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","exec next start -p \"$PORT\" -H \"${HOST:-0.0.0.0}\""]
