require("http").createServer((req, res) => res.end("node-main")).listen(process.env.PORT, process.env.HOST)
