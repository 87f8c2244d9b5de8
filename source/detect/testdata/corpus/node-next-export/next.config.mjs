export default { output: "export" }
