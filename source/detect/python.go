package detect

import (
	"regexp"
	"strings"
)

// detectPython installs into a virtual environment of the source, by the tool that its files name, and starts the web
// framework's application with the right server.
func detectPython(t tree, o Options) *Plan {
	told := t.those("requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "manage.py", "main.py", "app.py")
	if len(told) == 0 {
		return nil
	}
	p := &Plan{
		Language: "python",
		Why:      told,
		Tools:    []Tool{tool("python3", pythonVersion(t))},
		Caches:   []string{".cache/pip", ".cache/uv"},
		Image: Image{
			Build: "python:" + imageVersion(pythonVersion(t)) + "-slim",
			Run:   "python:" + imageVersion(pythonVersion(t)) + "-slim",
			Early: t.those("requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock"),
			Keep:  []string{"."},
			Env:   []string{"PATH=/app/.venv/bin:$PATH", "PYTHONUNBUFFERED=1"},
		},
	}
	deps, err := pythonDependencies(t)
	if err != nil {
		p.need("%v", err)
		return p
	}
	if webFramework(deps) == "" && !t.has("manage.py") && nodeStarts(t) {
		return nil // Python files beside a Node program
	}
	pythonInstall(t, o, p)
	pythonStart(t, deps, p)
	if p.Start == "" && p.Static == nil && o.Start == "" {
		p.need("nothing says how to run this Python program: name its file main.py or app.py, add a Procfile with a web: line, " +
			"or set run.command in syntra.yaml")
	}
	return p
}

const python = ".venv/bin/python"

// pythonStart finds what to start. Nothing here migrates a database: that would happen in every replica.
func pythonStart(t tree, deps dependencies, p *Plan) {
	script := t.first("main.py", "app.py", "server.py", "start.py", "bot.py", "hello.py", "src/main.py", "app/main.py")
	switch {
	case t.has("manage.py"):
		django(t, deps, p)
	case t.has("mkdocs.yml"):
		p.Framework, p.Build = "MkDocs", []string{python + " -m mkdocs build"}
		p.Static, p.Image.Run = &Static{Dir: "site"}, staticImage
	case deps["streamlit"]:
		p.Framework = "Streamlit"
		entry := orName(t.first("streamlit_app.py", "app.py", "main.py"), "app.py")
		p.Start = "exec " + python + " -m streamlit run " + entry +
			` --server.port "$PORT" --server.address "${HOST:-0.0.0.0}" --server.headless true`
	case deps["gradio"] && script != "":
		p.Framework = "Gradio"
		p.Start = `GRADIO_SERVER_PORT="$PORT" GRADIO_SERVER_NAME="${HOST:-0.0.0.0}" exec ` + python + " " + script
	default:
		if app := findApplication(t, deps); app != nil {
			app.start(p, deps)
			return
		}
		if script != "" {
			p.Start = "exec " + python + " " + script
			p.listens(t, script)
		}
	}
}

var wsgiSetting = regexp.MustCompile(`(?m)^\s*(WSGI|ASGI)_APPLICATION\s*=\s*["']([\w.]+)\.application["']`)

func django(t tree, deps dependencies, p *Plan) {
	p.Framework = "Django"
	settings, module, async := "", "", false
	for _, file := range t.files(".py", 3) {
		text := ""
		switch {
		case strings.Contains(file, "settings"):
			text = t.text(file)
			settings += text
		case strings.HasSuffix(file, "/wsgi.py") && module == "":
			module = moduleOf(file)
		}
		for _, m := range wsgiSetting.FindAllStringSubmatch(text, -1) {
			if m[1] == "ASGI" && (deps["channels"] || deps["daphne"] || deps["uvicorn"]) {
				module, async = m[2], true
			} else if m[1] == "WSGI" && !async {
				module = m[2]
			}
		}
	}
	if module == "" {
		p.need("this Django project has no wsgi.py: add one, or set run.command in syntra.yaml")
		return
	}
	if strings.Contains(settings, "STATIC_ROOT") {
		p.Build = append(p.Build, `SECRET_KEY="${SECRET_KEY:-only-for-the-build}" `+python+" manage.py collectstatic --noinput")
	}
	if strings.Contains(settings, `"SECRET_KEY"`) || strings.Contains(settings, `'SECRET_KEY'`) {
		p.Env = append(p.Env, Variable{"SECRET_KEY", "Django's settings read it"})
	}
	p.notice("migrations are not run by a deployment: run them with syn exec SERVICE -- %s manage.py migrate", python)
	(&application{framework: "Django", module: module, object: "application", async: async}).start(p, deps)
}

func moduleOf(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(file, ".py"), "/", ".")
}

var pythonNumber = regexp.MustCompile(`3\.\d+`)

// pythonVersion is what the source asks for; "" where it does not.
func pythonVersion(t tree) string {
	for _, name := range []string{".python-version", "runtime.txt"} {
		if v := pythonNumber.FindString(t.text(name)); v != "" {
			return v
		}
	}
	if m := requiresPython.FindStringSubmatch(t.text("pyproject.toml")); m != nil {
		return m[1]
	}
	return ""
}

var requiresPython = regexp.MustCompile(`(?m)^\s*(?:requires-python|python)\s*=\s*"([^"]+)"`)

// imageVersion is the tag of the base image: an exact version as asked, else a usual one that a lower bound allows.
func imageVersion(asked string) string {
	const usual = "3.13"
	v := pythonNumber.FindString(asked)
	if v == "" || asked != v && len(v) <= len(usual) && v <= usual && (strings.HasPrefix(asked, ">=") || strings.HasPrefix(asked, "^")) && !strings.Contains(asked, "<") {
		return usual
	}
	return v
}
