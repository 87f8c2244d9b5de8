package detect

import (
	"regexp"
	"strings"
)

var mixApp = regexp.MustCompile(`app:\s*:(\w+)`)

// detectElixir makes a release of the application.
func detectElixir(t tree, o Options) *Plan {
	if !t.has("mix.exs") {
		return nil
	}
	mix := t.text("mix.exs")
	p := &Plan{
		Language: "elixir",
		Why:      t.those("mix.exs", "mix.lock"),
		Tools:    tools("mix"),
		Install:  []string{"mix local.hex --force && mix local.rebar --force", "MIX_ENV=prod mix deps.get --only prod"},
		Build:    []string{"MIX_ENV=prod mix compile"},
		Caches:   []string{".mix", ".hex"},
		Image: Image{
			Build: "elixir:1.18-slim", Early: t.those("mix.exs", "mix.lock"), Keep: []string{"."}, Env: []string{"MIX_ENV=prod"},
		},
	}
	if t.has("apps/.formatter.exs") || strings.Contains(mix, "apps_path") {
		p.Image.Early = nil // an umbrella's dependencies are named in apps/
	}
	if strings.Contains(mix, ":phoenix,") {
		p.Framework = "Phoenix"
		p.Env = append(p.Env, Variable{"SECRET_KEY_BASE", "Phoenix signs with it (make one with: mix phx.gen.secret)"},
			Variable{"PHX_HOST", "the host name in the addresses that Phoenix makes"})
		if strings.Contains(mix, "assets.deploy") {
			p.Build = append(p.Build, "MIX_ENV=prod mix assets.deploy")
		}
		p.notice("migrations are not run by a deployment: run them with syn exec SERVICE -- bin/migrate")
	}
	p.Build = append(p.Build, "MIX_ENV=prod mix release --overwrite")
	if m := mixApp.FindStringSubmatch(mix); m != nil {
		p.Start = "PHX_SERVER=true exec _build/prod/rel/" + m[1] + "/bin/" + m[1] + " start"
	} else if o.Start == "" {
		p.need("mix.exs names no app: set run.command in syntra.yaml")
	}
	return p
}
