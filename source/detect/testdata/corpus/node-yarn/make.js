require("fs").writeFileSync("made.txt", "node-yarn")
