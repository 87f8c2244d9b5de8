package detect

// installs are the commands that install a tool on Debian and Ubuntu.
var installs = map[string]string{
	"node":     "apt-get install -y nodejs npm",
	"npm":      "apt-get install -y npm",
	"pnpm":     "npm install -g pnpm",
	"yarn":     "npm install -g yarn",
	"bun":      "npm install -g bun",
	"corepack": "npm install -g corepack",
	"python3":  "apt-get install -y python3 python3-venv",
	"go":       "apt-get install -y golang-go",
	"cargo":    "apt-get install -y cargo",
	"java":     "apt-get install -y default-jdk-headless",
	"mvn":      "apt-get install -y maven",
	"gradle":   "apt-get install -y gradle",
	"ruby":     "apt-get install -y ruby-full build-essential",
	"bundle":   "apt-get install -y ruby-bundler",
	"php":      "apt-get install -y php-cli",
	"composer": "apt-get install -y composer",
	"dotnet":   "apt-get install -y dotnet-sdk-8.0",
	"mix":      "apt-get install -y elixir",
	"deno":     "npm install -g deno",
	"hugo":     "apt-get install -y hugo",
	"bash":     "apt-get install -y bash",
}

// tool is a command with how it is installed.
func tool(name, version string) Tool {
	return Tool{Name: name, Version: version, Install: installs[name]}
}

func tools(names ...string) []Tool {
	out := make([]Tool, 0, len(names))
	for _, name := range names {
		out = append(out, tool(name, ""))
	}
	return out
}
