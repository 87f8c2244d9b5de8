require("http").createServer((req, res) => res.end("node-plain")).listen(process.env.PORT, process.env.HOST)
