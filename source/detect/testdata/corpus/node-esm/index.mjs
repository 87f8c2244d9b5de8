import http from "node:http"
http.createServer((req, res) => res.end("node-esm")).listen(process.env.PORT, process.env.HOST)
