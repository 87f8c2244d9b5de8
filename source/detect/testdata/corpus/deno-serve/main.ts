export default { fetch: () => new Response("deno-serve") }
