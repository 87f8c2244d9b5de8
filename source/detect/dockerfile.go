package detect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	imagePort = 8080
	imageUser = "1000:1000"
)

// Dockerfile returns a Dockerfile for the plan: what changes seldom comes first so that its layers are kept, the result
// runs as nobody special, and holds no build tools where the language allows it.
func Dockerfile(p Plan) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s, found by %s.", p.Kind(), strings.Join(p.Why, ", "))
	if p.Image.Run == staticImage && len(p.Install)+len(p.Build) == 0 {
		staticStage(line, p, "COPY "+p.staticDir()+" /srv")
		return b.String()
	}
	line("FROM %s AS build", p.Image.Build)
	line("WORKDIR /app")
	variables(line, p.Image.Env)
	for _, command := range p.Image.Setup {
		line("RUN %s", command)
	}
	run := "RUN "
	for _, cache := range p.Caches {
		if !strings.HasPrefix(cache, "/") {
			cache = "/root/" + cache
		}
		run += "--mount=type=cache,target=" + cache + " "
	}
	early := len(p.Install) > 0 && len(p.Image.Early) > 0
	if early {
		line("COPY %s ./", strings.Join(p.Image.Early, " "))
		commands(line, run, p.Install)
	}
	line("COPY . .")
	if !early {
		commands(line, run, p.Install)
	}
	commands(line, run, p.Build)
	if p.Image.Run == staticImage {
		outputs(line, p)
		line("")
		staticStage(line, p, "COPY --from=build /srv /srv")
		return b.String()
	}
	line("")
	programStage(line, p)
	return b.String()
}

// programStage runs what the build stage made.
func programStage(line func(string, ...any), p Plan) {
	if p.Image.Run == "" {
		p.Image.Run = p.Image.Build
	}
	line("FROM %s", p.Image.Run)
	line("WORKDIR /app")
	for _, command := range p.Image.RunSetup {
		line("RUN %s", command)
	}
	for _, path := range p.Image.Keep {
		if path == "." {
			line("COPY --from=build --chown=%s /app ./", imageUser)
			continue
		}
		line("COPY --from=build --chown=%s /app/%s ./%s", imageUser, path, path)
	}
	variables(line, append(slices.Clone(p.Image.Env), p.Image.RunEnv...))
	line("ENV HOST=0.0.0.0 PORT=%d HOME=/tmp", imagePort)
	line("USER %s", imageUser)
	line("EXPOSE %d", imagePort)
	line("CMD %s", argv("/bin/sh", "-c", p.Start))
}

func variables(line func(string, ...any), list []string) {
	for _, v := range list {
		line("ENV %s", v)
	}
}

func commands(line func(string, ...any), run string, list []string) {
	for _, command := range list {
		line("%s%s", run, command)
	}
}

func (p Plan) staticDir() string {
	if p.Static == nil {
		return "."
	}
	return p.Static.Dir
}

// outputs moves the built pages to /srv.
func outputs(line func(string, ...any), p Plan) {
	folders := p.Outputs
	if len(folders) == 0 {
		folders = []string{p.staticDir()}
	}
	line(`RUN for d in %s; do if [ -f "$d/index.html" ]; then cp -r "$d/." /srv/; exit; fi; done; `+
		`echo "the build left no index.html" >&2; exit 1`, strings.Join(folders, " "))
}

// staticStage serves /srv by the rules of the process runtime: clean addresses, 404.html, a fallback page, no dotfiles.
func staticStage(line func(string, ...any), p Plan, copied string) {
	fallback := ""
	if p.Static != nil {
		fallback = p.Static.Fallback
	}
	try := "{path} {path}.html {path}/index.html"
	if fallback != "" {
		try += " /" + fallback
	}
	config := []string{
		fmt.Sprintf(":{$PORT:%d}", imagePort), "root * /srv", "encode gzip",
		"@hidden path_regexp (^|/)\\.[^/]*", "@known path /.well-known/*",
		"handle @known {", "file_server", "}", "handle @hidden {", "error 404", "}",
		"handle {", "try_files " + try, "file_server", "}",
		"handle_errors {", "@page file /404.html", "rewrite @page /404.html", "file_server", "}",
	}
	line("FROM %s", staticImage)
	line("%s", copied)
	line("RUN printf '%%s\\n' '%s' > /etc/caddy/Caddyfile", strings.Join(config, "' '"))
	line("ENV PORT=%d XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp", imagePort)
	line("USER %s", imageUser)
	line("EXPOSE %d", imagePort)
	line("CMD %s", argv("caddy", "run", "--config", "/etc/caddy/Caddyfile"))
}

func argv(words ...string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(words) // strings encode always
	return strings.TrimSpace(b.String())
}
