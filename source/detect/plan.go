package detect

// Plan says what a source is and how it becomes a running program.
type Plan struct {
	// Language is a short name such as "node"; Framework is a name for people, or "".
	Language  string
	Framework string
	// Why names the files that told.
	Why []string
	// Tools are the commands that install, build and start need.
	Tools []Tool
	// Install and Build are shell commands, in order. Install needs the files of Image.Early only.
	Install []string
	Build   []string
	// Start is a shell command. It is "" where Static is set, or where only the built tree tells (see Resolve).
	Start string
	// Static is set where the result is served as files.
	Static *Static
	// Outputs are folders of which Resolve takes the first that has a page.
	Outputs []string
	// Binaries is a folder whose only file Resolve starts.
	Binaries string
	// Port is the fixed port the program seems to listen on; 0: it takes $PORT.
	Port int
	// Health is a path that the program seems to answer for health checks; "": unknown.
	Health string
	// Env are variables that the program needs.
	Env []Variable
	// Missing says what has to be changed before this can be deployed, each with how.
	Missing []string
	// Notices say what a person might not expect.
	Notices []string
	// Caches are folders of the image that builds which are worth keeping between builds; relative to root's home.
	Caches []string
	// Dockerfile is the source's own one.
	Dockerfile string
	Image      Image
}

// Tool is a command on the host.
type Tool struct {
	Name string
	// Version is what the source asks for, such as ">=20"; "": any.
	Version string
	// Install is the command that installs it on Debian and Ubuntu.
	Install string
}

// Static says which folder is served.
type Static struct {
	// Dir is relative to the source; "." is all of it.
	Dir string
	// Fallback is the page that answers paths without a file (single-page applications); "": 404.
	Fallback string
}

// Variable is one that the program needs.
type Variable struct{ Name, Why string }

// Image says how a container image is made of the plan.
type Image struct {
	// Build and Run are base images; Run is Build where it is "".
	Build string
	Run   string
	// Setup are commands of the build stage before anything is copied.
	Setup []string
	// Early are the files that Install needs: while they stay the same, its layer is kept.
	Early []string
	// Keep are the paths that go from the build stage into Run.
	Keep []string
	// Env are variables of both stages, RunEnv of the program alone.
	Env    []string
	RunEnv []string
	// RunSetup are commands of the stage that runs.
	RunSetup []string
}

// Kind says for a person what was found, such as "Node (npm), Next.js".
func (p Plan) Kind() string {
	name := languages[p.Language]
	if name == "" {
		name = p.Language
	}
	if p.Framework != "" {
		return name + ", " + p.Framework
	}
	return name
}

var languages = map[string]string{
	"node": "Node", "python": "Python", "go": "Go", "rust": "Rust", "java": "Java", "ruby": "Ruby", "php": "PHP",
	"dotnet": ".NET", "elixir": "Elixir", "deno": "Deno", "static": "static files", "shell": "shell script",
	"procfile": "Procfile", "command": "run.command", "dockerfile": "Dockerfile",
}

func (p *Plan) need(format string, args ...any) {
	p.Missing = append(p.Missing, sprintf(format, args...))
}
func (p *Plan) notice(format string, args ...any) {
	p.Notices = append(p.Notices, sprintf(format, args...))
}
