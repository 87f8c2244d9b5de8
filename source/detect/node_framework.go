package detect

import (
	"regexp"
	"strings"
)

// framework is known by a package that the source depends on.
type framework struct {
	dependency, name string
	// apply sets how it starts; nil: as any Node program.
	apply func(t tree, pkg packageJSON, m manager, p *Plan)
}

// frameworks, most telling first: Vite is below much of what stands above it.
var frameworks = []framework{
	{"next", "Next.js", applyNext},
	{"nuxt", "Nuxt", server("nuxt build", "exec node .output/server/index.mjs")},
	{"@remix-run/serve", "Remix", server("remix vite:build", "exec remix-serve ./build/server/index.js")},
	{"@react-router/serve", "React Router", server("react-router build", "exec react-router-serve ./build/server/index.js")},
	{"@sveltejs/kit", "SvelteKit", applySvelteKit},
	{"astro", "Astro", applyAstro},
	{"@nestjs/core", "NestJS", applyNest},
	{"gatsby", "Gatsby", pages("gatsby build", "public", "")},
	{"react-scripts", "Create React App", pages("react-scripts build", "build", "index.html")},
	{"@angular/core", "Angular", applyAngular},
	{"@vue/cli-service", "Vue CLI", pages("vue-cli-service build", "dist", "index.html")},
	{"@docusaurus/core", "Docusaurus", pages("docusaurus build", "build", "")},
	{"@11ty/eleventy", "Eleventy", pages("eleventy", "_site", "")},
	{"express", "Express", nil},
	{"fastify", "Fastify", nil},
	{"koa", "Koa", nil},
	{"hono", "Hono", nil},
	{"vite", "Vite", applyVite},
	{"parcel", "Parcel", pages("parcel build", "dist", "")},
}

func frameworkOf(pkg packageJSON) *framework {
	for i, f := range frameworks {
		if pkg.depends(f.dependency) {
			return &frameworks[i]
		}
	}
	return nil
}

// builds makes sure that something builds.
func (p *Plan) builds(m manager, command string) {
	if len(p.Build) == 0 {
		p.Build = []string{m.program(command)}
	}
}

func server(build, start string) func(tree, packageJSON, manager, *Plan) {
	return func(_ tree, pkg packageJSON, m manager, p *Plan) {
		p.builds(m, build)
		if own := pkg.Scripts["start"]; own == "" || devServer.MatchString(own) {
			p.Start = start
		}
	}
}

func pages(build, folder, fallback string) func(tree, packageJSON, manager, *Plan) {
	return func(_ tree, pkg packageJSON, m manager, p *Plan) {
		if ownServer(pkg) {
			return
		}
		p.builds(m, build)
		p.Static = &Static{Dir: folder, Fallback: fallback}
	}
}

// ownServer reports whether a source that builds pages serves them by a program of its own.
func ownServer(pkg packageJSON) bool { return nodeEntry.MatchString(pkg.Scripts["start"]) }

var exported = regexp.MustCompile(`output\s*:\s*["']export["']`)

func applyNext(t tree, pkg packageJSON, m manager, p *Plan) {
	p.builds(m, "next build")
	config := t.first("next.config.js", "next.config.mjs", "next.config.ts")
	if exported.MatchString(t.text(config)) {
		p.Static = &Static{Dir: "out"}
		return
	}
	// Next takes the port of PORT, and of HOSTNAME what it listens on; a start script that names a port of its own would
	// listen there.
	start := pkg.Scripts["start"]
	if start == "" || strings.HasPrefix(start, "next ") {
		p.Start = `exec next start -p "$PORT" -H "${HOST:-0.0.0.0}"`
	}
}

func applySvelteKit(_ tree, pkg packageJSON, m manager, p *Plan) {
	p.builds(m, "vite build")
	switch {
	case pkg.depends("@sveltejs/adapter-static"):
		p.Outputs, p.Static = []string{"build"}, &Static{Dir: "build"}
	case pkg.depends("@sveltejs/adapter-node"):
		p.Start = "exec node build"
	default:
		p.need("SvelteKit needs an adapter that makes a server: npm install -D @sveltejs/adapter-node, and name it in svelte.config.js")
	}
}

func applyAstro(_ tree, pkg packageJSON, m manager, p *Plan) {
	p.builds(m, "astro build")
	if pkg.depends("@astrojs/node") {
		p.Start = "exec node ./dist/server/entry.mjs"
		return
	}
	p.Static = &Static{Dir: "dist"}
}

func applyNest(t tree, pkg packageJSON, m manager, p *Plan) {
	p.builds(m, "nest build")
	if pkg.Scripts["start:prod"] == "" {
		p.Start = "exec node dist/main"
	}
	p.listens(t, "src/main.ts")
}

// applyAngular looks in both places that Angular's builders use.
func applyAngular(_ tree, pkg packageJSON, m manager, p *Plan) {
	p.builds(m, "ng build")
	p.Static = &Static{Dir: "dist/" + pkg.Name + "/browser", Fallback: "index.html"}
	p.Outputs = []string{p.Static.Dir, "dist/" + pkg.Name, "dist"}
}

var outDir = regexp.MustCompile(`outDir\s*:\s*["'](?:\./)?([\w./-]+)["']`)

func applyVite(t tree, pkg packageJSON, m manager, p *Plan) {
	if ownServer(pkg) {
		return
	}
	p.builds(m, "vite build")
	folder := "dist"
	config := t.text(t.first("vite.config.ts", "vite.config.js", "vite.config.mjs"))
	if found := outDir.FindStringSubmatch(config); found != nil {
		folder = strings.TrimSuffix(found[1], "/")
	}
	fallback := "index.html"
	if len(t.glob("*.html")) > 1 {
		fallback = "" // several pages are no single-page application
	}
	p.Static = &Static{Dir: folder, Fallback: fallback}
}
