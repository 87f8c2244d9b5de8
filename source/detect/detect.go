package detect

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Options are what is known besides the source.
type Options struct {
	// Service names the service: of several programs the one of that name is meant.
	Service string
	// Start and Build are the commands that the settings give; they win over everything.
	Start string
	Build string
	// Has reports whether the host has a tool; nil: all of them, as in an image.
	Has func(tool string) bool
}

func (o Options) has(tool string) bool { return o.Has == nil || o.Has(tool) }

// language finds one kind of source; it returns nil where the source is none.
type language func(t tree, o Options) *Plan

// order is which language wins where a source has the files of several. Those whose projects carry a package.json for
// their pages come before Node.
var order = []language{
	detectPHP, detectGo, detectJava, detectRust, detectRuby, detectElixir, detectPython, detectDeno, detectDotnet, detectNode,
	detectStatic, detectShell,
}

// Detect returns how a source is built and run. A source that is nothing known has a Plan without a Language, whose
// Missing says what to add. The error is of files that cannot be read as what they are.
func Detect(fsys fs.FS, o Options) (Plan, error) {
	t := tree{fsys}
	processes, err := ParseProcfile(t.text("Procfile"))
	if err != nil {
		return Plan{}, err
	}
	given := o.Start
	if o.Start == "" {
		o.Start = processes["web"]
	}
	p := choose(t, o)
	if t.has("Dockerfile") {
		p.Dockerfile = "Dockerfile"
	}
	switch {
	case given != "":
		p.start("command", given)
	case processes["web"] != "":
		p.start("procfile", processes["web"])
		p.Why = append(p.Why, "Procfile")
	case len(processes) > 0 && p.Language == "":
		p.need("the Procfile has no web: line (only %s): add the command that answers requests, such as web: node server.js",
			strings.Join(sorted(processes), ", "))
	}
	if processes["release"] != "" {
		p.notice("the Procfile's release command is not run: %s", processes["release"])
	}
	if o.Build != "" {
		p.Install, p.Build = nil, []string{o.Build}
		p.forget()
	}
	if p.Language == "" && len(p.Missing) == 0 {
		p.need("%s", nothing(p))
	}
	return p, nil
}

// choose returns the first language that can be deployed as it is; else the first one there is.
func choose(t tree, o Options) Plan {
	var best *Plan // the first that is not complete
	for _, detect := range order {
		found := detect(t, o)
		if found == nil {
			continue
		}
		if len(found.Missing) == 0 {
			if best != nil {
				found.notice("it is also a %s source, which alone could not be deployed", best.Kind())
			}
			return *found
		}
		if best == nil {
			best = found
		}
	}
	if best == nil {
		return Plan{}
	}
	return *best
}

// start sets a start command that a person gave: what was guessed instead does not count any more.
func (p *Plan) start(language, command string) {
	p.Start, p.Static, p.Outputs, p.Binaries, p.Port = command, nil, nil, "", 0
	p.Missing = nil
	if p.Language == "" || p.Language == "static" || p.Language == "shell" {
		*p = Plan{
			Language:   language,
			Why:        p.Why,
			Start:      command,
			Dockerfile: p.Dockerfile,
			Notices:    p.Notices,
			Image:      Image{Build: "debian:stable-slim", Keep: []string{"."}},
		}
	}
}

// forget drops the tools that only the replaced commands needed.
func (p *Plan) forget() {
	p.Tools = slices.DeleteFunc(p.Tools, func(t Tool) bool { return !strings.Contains(p.Start, t.Name) })
}

func nothing(p Plan) string {
	const add = "add a go.mod, a package.json, a requirements.txt, an index.html, a Procfile with a web: line, " +
		"or a syntra.yaml with run.command"
	if p.Dockerfile != "" {
		return "this source is built by its Dockerfile, which needs a Docker engine: start Docker on the server, " +
			"or say how to run it without one (run.command in syntra.yaml)"
	}
	return "nothing to build in here: " + add
}

// Lacking returns the tools of the plan that the host does not have.
func (p Plan) Lacking(has func(tool string) bool) []Tool {
	return slices.DeleteFunc(slices.Clone(p.Tools), func(t Tool) bool { return has(t.Name) })
}

// Resolve completes a plan by the built tree: which folder is served, or which binary was made.
func Resolve(fsys fs.FS, p Plan) (Plan, error) {
	t := tree{fsys}
	if p.Static != nil && len(p.Outputs) == 0 && !t.has(under(p.Static.Dir, "index.html")) {
		return p, fmt.Errorf("the build left no %s: name the folder that holds the pages in a Staticfile (root: FOLDER), "+
			"or say how to run the program (run.command in syntra.yaml)", under(p.Static.Dir, "index.html"))
	}
	if p.Start != "" || (p.Static != nil && len(p.Outputs) == 0) {
		return p, nil
	}
	for _, folder := range p.Outputs {
		if t.has(under(folder, "index.html")) {
			fallback := ""
			if p.Static != nil {
				fallback = p.Static.Fallback
			}
			p.Static = &Static{Dir: folder, Fallback: fallback}
			return p, nil
		}
	}
	if p.Binaries != "" {
		if made := t.glob(p.Binaries + "/*"); len(made) == 1 {
			p.Start = "exec ./" + Quote(made[0])
			return p, nil
		}
	}
	return p, fmt.Errorf("the source was built (%s), but nothing says how to run it: set run.command in syntra.yaml, "+
		"or add a Procfile with a web: line", p.Kind())
}

func under(folder, name string) string {
	if folder == "." || folder == "" {
		return name
	}
	return folder + "/" + name
}
