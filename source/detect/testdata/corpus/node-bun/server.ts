Bun.serve({ port: Bun.env.PORT, fetch: () => new Response("node-bun") })
