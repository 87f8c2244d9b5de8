require("ms")
require("http").createServer((req, res) => res.end("node-pnpm")).listen(process.env.PORT, process.env.HOST)
