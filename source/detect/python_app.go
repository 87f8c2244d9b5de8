package detect

import (
	"regexp"
	"slices"
	"strings"
)

// application is a web application object in a Python file.
type application struct {
	framework string
	root      string // folder that imports begin at; "": the source
	module    string
	object    string
	factory   bool
	async     bool // ASGI
}

// appFiles are where applications are looked for first, best first.
var appFiles = []string{"wsgi.py", "asgi.py", "app.py", "main.py", "application.py", "server.py", "api.py", "run.py"}

var (
	appObject = regexp.MustCompile(`(?m)^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(Flask|FastAPI|Starlette|Litestar|Quart|Bottle|Sanic)\(`)
	appMaker  = regexp.MustCompile(`(?m)^def (create_app|make_app|build_app)\(`)
	appCalled = regexp.MustCompile(`(?m)^(\w+)\s*=\s*(?:\w+\.)?(create_app|make_app|build_app)\(`)
)

// findApplication returns the application object of a source, or the function that makes it; nil where there is none. The
// file and the name of the object are read, not guessed.
func findApplication(t tree, deps dependencies) *application {
	name := webFramework(deps)
	if name == "" {
		return nil
	}
	async := name == "FastAPI" || name == "Starlette" || name == "Litestar" || name == "Quart" || name == "Sanic"
	files := t.files(".py", 4)
	slices.SortStableFunc(files, func(a, b string) int { return rank(a) - rank(b) })
	var maker *application
	for _, file := range files {
		if strings.Contains(file, "test") {
			continue
		}
		text := t.text(file)
		app := application{framework: name, async: async}
		if rest, below := strings.CutPrefix(file, "src/"); below {
			app.root, file = "src", rest
		}
		app.module = strings.TrimSuffix(moduleOf(file), ".__init__")
		if m := appObject.FindStringSubmatch(text); m != nil {
			app.object = m[1]
			return &app
		}
		if m := appCalled.FindStringSubmatch(text); m != nil {
			app.object = m[1]
			return &app
		}
		if m := appMaker.FindStringSubmatch(text); m != nil && maker == nil {
			app.object, app.factory = m[1], true
			maker = &app
		}
	}
	return maker
}

func rank(file string) int {
	base := file[strings.LastIndexByte(file, '/')+1:]
	if i := slices.Index(appFiles, base); i >= 0 {
		return strings.Count(file, "/")*len(appFiles) + i
	}
	return 1000 + strings.Count(file, "/")
}

func webFramework(deps dependencies) string {
	for _, f := range [][2]string{
		{"fastapi", "FastAPI"}, {"litestar", "Litestar"}, {"starlette", "Starlette"}, {"quart", "Quart"}, {"sanic", "Sanic"},
		{"flask", "Flask"}, {"bottle", "Bottle"},
	} {
		if deps[f[0]] {
			return f[1]
		}
	}
	return ""
}

// start sets the start command, and installs the server where the source does not.
func (a *application) start(p *Plan, deps dependencies) {
	p.Framework = a.framework
	if a.async {
		if !deps["uvicorn"] && !deps["fastapi[standard]"] {
			p.Install = append(p.Install, python+" -m pip install uvicorn")
		}
		p.Start = "exec " + python + " -m uvicorn " + a.module + ":" + a.object +
			` --host "${HOST:-0.0.0.0}" --port "$PORT" --proxy-headers`
		if a.factory {
			p.Start += " --factory"
		}
		if a.root != "" {
			p.Start += " --app-dir " + a.root
		}
		return
	}
	if !deps["gunicorn"] {
		p.Install = append(p.Install, python+" -m pip install gunicorn")
	}
	target := a.module + ":" + a.object
	if a.factory {
		target = "'" + target + "()'"
	}
	p.Start = "exec " + python + ` -m gunicorn --bind "${HOST:-0.0.0.0}:$PORT" --workers 2 --threads 4 `
	if a.root != "" {
		p.Start += "--chdir " + a.root + " "
	}
	p.Start += target
}
