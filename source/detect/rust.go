package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

type cargo struct {
	Package struct {
		Name       string `toml:"name"`
		DefaultRun string `toml:"default-run"`
	} `toml:"package"`
	Bin []struct {
		Name string `toml:"name"`
	} `toml:"bin"`
	Dependencies map[string]any `toml:"dependencies"`
	Workspace    *struct {
		Members []string `toml:"members"`
	} `toml:"workspace"`
}

// detectRust builds the one binary that is meant into bin/.
func detectRust(t tree, o Options) *Plan {
	if !t.has("Cargo.toml") {
		return nil
	}
	p := &Plan{
		Language: "rust",
		Why:      t.those("Cargo.toml", "Cargo.lock", "rust-toolchain.toml"),
		Tools:    tools("cargo"),
		Caches:   []string{"/usr/local/cargo/registry"},
		Image:    Image{Build: "rust:1-slim", Run: "debian:stable-slim", Keep: []string{"."}},
	}
	bins, preferred, err := rustBinaries(t, "Cargo.toml", p)
	if err != nil {
		p.need("Cargo.toml is not valid TOML: %v", err)
		return p
	}
	bin := preferred
	switch {
	case bin != "":
	case len(bins) == 1:
		bin = bins[0]
	case slices.Contains(bins, o.Service):
		bin = o.Service
	}
	flags := "--release"
	if t.has("Cargo.lock") {
		flags += " --locked"
	}
	made := bins
	if bin != "" {
		flags += " --bin " + Quote(bin)
		made = []string{bin}
	}
	// The target folder has several hundred MB that nobody runs.
	target := `"${TMPDIR:-/tmp}"/target`
	p.Build = []string{"cargo build " + flags + " --target-dir " + target, "mkdir -p bin"}
	for _, name := range made {
		p.Build[1] += " && cp " + target + "/release/" + Quote(name) + " bin/"
	}
	switch {
	case o.Start != "":
	case bin != "":
		p.Start = "exec ./bin/" + Quote(bin)
		if p.Framework == "Rocket" {
			p.Start = `ROCKET_PORT="$PORT" ROCKET_ADDRESS="${HOST:-0.0.0.0}" ` + p.Start
		}
		p.listens(t, "src/main.rs")
	case len(bins) == 0:
		p.need("the crate has no binary: add src/main.rs, or set source.directory to the one that has")
	default:
		p.need("the crate has several binaries (%s): set default-run in Cargo.toml, or run.command in syntra.yaml to ./bin/NAME",
			strings.Join(bins, ", "))
	}
	return p
}

func rustBinaries(t tree, manifest string, p *Plan) (bins []string, preferred string, err error) {
	var c cargo
	if err := toml.Unmarshal([]byte(t.text(manifest)), &c); err != nil {
		return nil, "", err
	}
	dir := path.Dir(manifest)
	for name, title := range map[string]string{"axum": "Axum", "actix-web": "Actix", "rocket": "Rocket", "warp": "Warp"} {
		if c.Dependencies[name] != nil {
			p.Framework = title
		}
	}
	for _, b := range c.Bin {
		bins = append(bins, b.Name)
	}
	if t.has(path.Join(dir, "src/main.rs")) && c.Package.Name != "" && len(c.Bin) == 0 {
		bins = append(bins, c.Package.Name)
	}
	for _, file := range t.glob(path.Join(dir, "src/bin/*.rs"), path.Join(dir, "src/bin/*/main.rs")) {
		name := strings.TrimSuffix(path.Base(file), ".rs")
		if name == "main" {
			name = path.Base(path.Dir(file))
		}
		if !slices.Contains(bins, name) {
			bins = append(bins, name)
		}
	}
	if c.Workspace != nil && dir == "." {
		for _, member := range c.Workspace.Members {
			for _, found := range t.glob(path.Join(member, "Cargo.toml")) {
				more, _, err := rustBinaries(t, found, p)
				if err != nil {
					return nil, "", err
				}
				bins = append(bins, more...)
			}
		}
	}
	return bins, c.Package.DefaultRun, nil
}
