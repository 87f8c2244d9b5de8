require("http").createServer((req, res) => res.end("x")).listen(3000)
