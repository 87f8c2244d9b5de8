package detect

import (
	"regexp"
	"strings"
)

// packageJSON is what is read of a package.json.
type packageJSON struct {
	Name            string            `json:"name"`
	Main            string            `json:"main"`
	Scripts         map[string]string `json:"scripts"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	PackageManager  string            `json:"packageManager"`
	Engines         map[string]string `json:"engines"`
	Workspaces      any               `json:"workspaces"`
}

func (p packageJSON) depends(name string) bool {
	return p.Dependencies[name] != "" || p.DevDependencies[name] != ""
}

// detectNode installs by the package manager that the source names, runs the build script, and starts by the framework,
// the start script, main, server.js or index.js; a project that only builds pages is served as files.
func detectNode(t tree, o Options) *Plan {
	if !t.has("package.json") {
		return nil
	}
	p := &Plan{Language: "node", Why: []string{"package.json"}, Caches: []string{".npm"}}
	var pkg packageJSON
	if err := t.json("package.json", &pkg); err != nil {
		p.need("package.json is not valid JSON: %v", err)
		return p
	}
	m := nodeManager(t, pkg, o, p)
	p.Tools = append([]Tool{tool("node", pkg.Engines["node"])}, m.tools...)
	if m.name == "bun" && usesBunOnly(pkg) {
		p.Tools = m.tools
	}
	if len(pkg.Dependencies)+len(pkg.DevDependencies) > 0 || pkg.Workspaces != nil {
		p.Install = []string{m.install}
	}
	if pkg.Scripts["build"] != "" {
		p.Build = []string{m.run("build")}
	}
	nodeImage(t, pkg, m, p)
	if f := frameworkOf(pkg); f != nil {
		p.Framework = f.name
		if f.apply != nil {
			f.apply(t, pkg, m, p)
		}
	}
	if p.Start == "" && p.Static == nil {
		startNode(t, pkg, m, p)
	}
	if p.Start == "" && p.Static == nil && len(p.Outputs) == 0 && o.Start == "" {
		missingNode(pkg, p)
	}
	if strings.HasPrefix(p.Start, "pnpm ") || strings.HasPrefix(p.Start, "yarn ") {
		p.Image.RunSetup = p.Image.Setup
	}
	if p.Static != nil || len(p.Outputs) > 0 && p.Start == "" {
		p.Image.Run = staticImage
	}
	return p
}

// startNode starts a program of no framework that knows better.
func startNode(t tree, pkg packageJSON, m manager, p *Plan) {
	start := pkg.Scripts["start"]
	if prod := pkg.Scripts["start:prod"]; prod != "" {
		start = prod
	}
	if watched := watcher.FindStringSubmatch(start); watched != nil {
		p.notice("the start script watches for changes (%s): the program is started without", start)
		start = strings.TrimSpace("node " + watched[2])
	}
	switch entry := t.first(pkg.Main, "server.js", "index.js", "app.js", "server.mjs", "index.mjs", "src/index.js", "src/server.js"); {
	case start != "" && !devServer.MatchString(start):
		p.Start = start // without npm between: it costs memory and swallows exit codes and signals
		if pkg.Scripts["prestart"]+pkg.Scripts["poststart"] != "" {
			p.Start = m.run("start")
		}
		if entry := nodeEntry.FindStringSubmatch(start); entry != nil {
			p.listens(t, entry[1])
		}
	case start != "" && entry == "":
		p.notice("the start script is a development server (%s): the built pages are served instead", start)
		p.Outputs = nodeOutputs
	case entry != "":
		p.Start = "exec node " + Quote(entry)
		p.listens(t, entry)
	case len(p.Build) > 0:
		p.Outputs = nodeOutputs
	case t.has("index.html") || t.has("public/index.html"):
		p.Outputs = []string{"public", "."}
	}
}

// nodeStarts reports whether a package.json says how to start.
func nodeStarts(t tree) bool {
	var pkg packageJSON
	if !t.has("package.json") || t.json("package.json", &pkg) != nil {
		return false
	}
	return pkg.Scripts["start"] != "" || frameworkOf(pkg) != nil
}

// nodeOutputs are where builds leave their pages.
var nodeOutputs = []string{"dist", "build", "out", "public", "_site", "."}

var (
	devServer = regexp.MustCompile(`\b(vite|webpack-dev-server|webpack serve|next dev|nuxt dev|nuxi dev|ng serve|parcel|` +
		`react-scripts start|vue-cli-service serve|astro dev|gatsby develop|remix dev|remix vite:dev|live-server|snowpack dev|` +
		`browser-sync|http-server|docusaurus start|vitepress dev|eleventy --serve)\b`)
	watcher   = regexp.MustCompile(`^(nodemon|node-dev|node --watch)\s+(.+)$`)
	nodeEntry = regexp.MustCompile(`^node\s+(?:--\S+\s+)*(\S+\.[cm]?js)\b`)
)

func missingNode(pkg packageJSON, p *Plan) {
	if pkg.Workspaces != nil {
		p.need("package.json is the root of a workspace and does not say what to start: add a start script to it, " +
			"or set source.directory to the package that is the service")
		return
	}
	p.need("nothing says how to run this Node package: add a start script to package.json (such as \"node server.js\"), " +
		"or set run.command in syntra.yaml")
}

func nodeImage(t tree, pkg packageJSON, m manager, p *Plan) {
	p.Image = Image{
		Build: "node:" + nodeMajor(pkg.Engines["node"]) + "-slim",
		Early: t.those("package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "pnpm-workspace.yaml",
			"yarn.lock", ".yarnrc.yml", "bun.lock", "bun.lockb", ".npmrc"),
		Keep:   []string{"."},
		RunEnv: []string{"NODE_ENV=production", "PATH=/app/node_modules/.bin:$PATH"},
	}
	switch m.name {
	case "bun":
		p.Image.Build = "oven/bun:1"
	case "pnpm", "yarn":
		p.Image.Setup = []string{"corepack enable"}
	}
	if pkg.Workspaces != nil || t.has("pnpm-workspace.yaml") || pkg.Scripts["postinstall"]+pkg.Scripts["prepare"] != "" {
		p.Image.Early = nil // the installation reads more than these files
	}
}

// nodeMajor returns the version of Node that "engines" asks for; an even release that is maintained where it does not.
func nodeMajor(asked string) string {
	const usual = "22"
	m := majorVersion.FindString(asked)
	if m == "" || strings.ContainsAny(asked, "<|") || strings.HasPrefix(asked, ">") && m < usual && len(m) <= len(usual) {
		return usual
	}
	return m
}

var majorVersion = regexp.MustCompile(`\d+`)
