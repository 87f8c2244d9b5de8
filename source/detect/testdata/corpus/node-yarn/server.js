const text = require("fs").readFileSync("made.txt")
require("http").createServer((req, res) => res.end(text)).listen(process.env.PORT, process.env.HOST)
