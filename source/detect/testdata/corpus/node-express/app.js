const app = require("express")()
app.get("/", (req, res) => res.send("node-express"))
app.listen(process.env.PORT, process.env.HOST)
