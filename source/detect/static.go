package detect

import (
	"regexp"
	"strings"
)

// staticImage serves files in a container.
const staticImage = "caddy:2-alpine"

var staticfileLine = regexp.MustCompile(`(?m)^\s*([\w_]+)\s*:\s*["']?([^"'\s#]+)`)

// detectStatic serves files as they are: those that a Staticfile names, of a generator, or of the folder with an index.html.
func detectStatic(t tree, _ Options) *Plan {
	p := &Plan{Language: "static", Image: Image{Build: staticImage, Run: staticImage}}
	if hugo := t.first("hugo.toml", "hugo.yaml", "config/_default/hugo.toml"); hugo != "" {
		p.Framework, p.Why, p.Tools = "Hugo", []string{hugo}, tools("hugo")
		p.Build, p.Static = []string{"hugo --minify"}, &Static{Dir: "public"}
		p.Image.Build = "hugomods/hugo:std"
		return p
	}
	if t.has("Staticfile") {
		p.Why, p.Static = []string{"Staticfile"}, &Static{Dir: "."}
		for _, m := range staticfileLine.FindAllStringSubmatch(t.text("Staticfile"), -1) {
			switch key, value := strings.ToLower(m[1]), m[2]; {
			case key == "root":
				p.Static.Dir = strings.Trim(strings.TrimPrefix(value, "./"), "/")
			case (key == "pushstate" || key == "spa") && value != "disabled" && value != "false":
				p.Static.Fallback = "index.html"
			}
		}
		if p.Static.Dir == "" || strings.Contains(p.Static.Dir, "..") {
			p.Static.Dir = "."
		}
		if !t.has(under(p.Static.Dir, "index.html")) {
			p.need("the Staticfile's root %s has no index.html: add one, or name the folder that has", p.Static.Dir)
		}
		return p
	}
	for _, folder := range []string{".", "public", "dist", "build", "site", "_site"} {
		if page := under(folder, "index.html"); t.has(page) {
			p.Why, p.Static = []string{page}, &Static{Dir: folder}
			return p
		}
	}
	return nil
}
