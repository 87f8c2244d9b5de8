package detect

import "strings"

// detectDeno runs the start task, or the entry file.
func detectDeno(t tree, o Options) *Plan {
	config := t.first("deno.json", "deno.jsonc")
	if config == "" {
		return nil
	}
	p := &Plan{
		Language: "deno",
		Why:      []string{config},
		Tools:    tools("deno"),
		Caches:   []string{".cache/deno"},
		Image:    Image{Build: "denoland/deno:2", Keep: []string{"."}, Env: []string{"DENO_DIR=/app/.deno"}},
	}
	entry := t.first("main.ts", "server.ts", "mod.ts", "index.ts", "src/main.ts", "main.js", "main.tsx")
	text := t.text(config)
	if strings.Contains(text, "@fresh/core") || strings.Contains(text, "$fresh/") {
		p.Framework = "Fresh"
	}
	switch {
	case strings.Contains(text, `"start"`):
		p.Start = "exec deno task start"
	case entry == "":
		if o.Start == "" {
			p.need("nothing says how to run this Deno program: add a start task to %s, or a main.ts", config)
		}
		return p
	case strings.Contains(t.text(entry), "export default"):
		p.Start = `exec deno serve --allow-net --allow-env --allow-read --host "${HOST:-0.0.0.0}" --port "$PORT" ` + entry
	default:
		p.Start = "exec deno run --allow-net --allow-env --allow-read " + entry
		p.listens(t, entry)
	}
	if entry != "" {
		p.Install = []string{"deno cache " + entry}
	}
	return p
}
