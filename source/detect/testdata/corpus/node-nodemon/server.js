require("http").createServer((req, res) => res.end("node-nodemon")).listen(process.env.PORT, process.env.HOST)
