package detect_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/source/detect"
)

const (
	gunicorn = `exec .venv/bin/python -m gunicorn --bind "${HOST:-0.0.0.0}:$PORT" --workers 2 --threads 4 `
	uvicorn  = `exec .venv/bin/python -m uvicorn `
	onPort   = ` --host "${HOST:-0.0.0.0}" --port "$PORT" --proxy-headers`
)

// corpus says of each program in testdata/corpus what it is and how it starts.
var corpus = map[string]struct {
	kind    string
	start   string
	static  *detect.Static
	missing string
}{
	"node-plain":       {kind: "Node", start: "node server.js"},
	"node-main":        {kind: "Node", start: "exec node lib/start.js"},
	"node-esm":         {kind: "Node", start: "exec node index.mjs"},
	"node-express":     {kind: "Node, Express", start: "exec node app.js"},
	"node-nodemon":     {kind: "Node", start: "node server.js"},
	"node-prestart":    {kind: "Node", start: "npm run start"},
	"node-pnpm":        {kind: "Node", start: "node server.js"},
	"node-yarn":        {kind: "Node", start: "node server.js"},
	"node-bun":         {kind: "Node", start: "bun run server.ts"},
	"node-vite":        {kind: "Node, Vite", static: &detect.Static{Dir: "dist", Fallback: "index.html"}},
	"node-next":        {kind: "Node, Next.js", start: `exec next start -p "$PORT" -H "${HOST:-0.0.0.0}"`},
	"node-next-export": {kind: "Node, Next.js", static: &detect.Static{Dir: "out"}},
	"node-pages":       {kind: "Node"}, // only the build tells
	"node-cra":         {kind: "Node, Create React App", static: &detect.Static{Dir: "build", Fallback: "index.html"}},
	"node-workspace":   {kind: "Node", missing: "set source.directory"},
	"node-fixed-port":  {kind: "Node", start: "node server.js"},
	"node-library":     {kind: "Node", missing: "add a start script to package.json"},

	"python-flask":         {kind: "Python, Flask", start: gunicorn + "app:app"},
	"python-flask-factory": {kind: "Python, Flask", start: gunicorn + "'hello:create_app()'"},
	"python-fastapi":       {kind: "Python, FastAPI", start: uvicorn + "app:api" + onPort},
	"python-fastapi-src":   {kind: "Python, FastAPI", start: uvicorn + "hello.main:app" + onPort + " --app-dir src"},
	"python-django":        {kind: "Python, Django", start: gunicorn + "site_of.wsgi:application"},
	"python-plain":         {kind: "Python", start: "exec .venv/bin/python main.py"},
	"python-uv":            {kind: "Python, Flask", start: gunicorn + "main:app"},
	"python-poetry":        {kind: "Python, Flask", start: gunicorn + "app:app"},
	"python-pipenv":        {kind: "Python, Flask", start: gunicorn + "app:app"},
	"python-library":       {kind: "Python", missing: "name its file main.py or app.py"},

	"go-root":       {kind: "Go", start: "exec ./bin/app"},
	"go-cmd":        {kind: "Go", start: "exec ./bin/server"},
	"go-with-pages": {kind: "Go", start: "exec ./bin/app"},
	"go-two-mains":  {kind: "Go", missing: "several main packages (./cmd/a, ./cmd/b)"},
	"go-library":    {kind: "Go", missing: "no main package"},

	"rust-one":         {kind: "Rust", start: "exec ./bin/hello-rust"},
	"rust-default-run": {kind: "Rust", start: "exec ./bin/serve"},
	"rust-two-bins":    {kind: "Rust", missing: "several binaries (a, b)"},

	"java-maven": {kind: "Java", start: jar("target/*.jar", "")},
	"java-gradle": {kind: "Java",
		start: `for start in build/install/*/bin/*; do case "$start" in *.bat) ;; *) exec "$start" ;; esac; done`},
	"java-spring": {kind: "Java, Spring Boot",
		start: jar("target/*.jar", `-Dserver.port="$PORT" -Dserver.address="${HOST:-0.0.0.0}" `)},

	"ruby-sinatra": {kind: "Ruby, Sinatra",
		start: `APP_ENV=production exec bundle exec ruby app.rb -o "${HOST:-0.0.0.0}" -p "$PORT"`},
	"ruby-rails": {kind: "Ruby, Rails",
		start: `RAILS_ENV=production RAILS_LOG_TO_STDOUT=1 exec bundle exec rails server -b "${HOST:-0.0.0.0}" -p "$PORT"`},
	"php-plain":   {kind: "PHP", start: `exec frankenphp php-server --listen "${HOST:-0.0.0.0}:$PORT" --root .`},
	"php-laravel": {kind: "PHP, Laravel", start: `exec frankenphp php-server --listen "${HOST:-0.0.0.0}:$PORT" --root public`},
	"dotnet-web": {kind: ".NET, ASP.NET Core",
		start: `ASPNETCORE_URLS="http://${HOST:-0.0.0.0}:$PORT" exec dotnet out/Hello.dll`},
	"elixir-phoenix": {kind: "Elixir, Phoenix", start: "PHX_SERVER=true exec _build/prod/rel/hello/bin/hello start"},
	"deno-serve": {kind: "Deno",
		start: `exec deno serve --allow-net --allow-env --allow-read --host "${HOST:-0.0.0.0}" --port "$PORT" main.ts`},

	"static-plain":  {kind: "static files", static: &detect.Static{Dir: "."}},
	"static-spa":    {kind: "static files", static: &detect.Static{Dir: "site", Fallback: "index.html"}},
	"static-public": {kind: "static files", static: &detect.Static{Dir: "public"}},

	"shell":             {kind: "shell script", start: "exec sh ./start.sh"},
	"procfile":          {kind: "Procfile", start: "python3 serve.py"},
	"procfile-gunicorn": {kind: "Python, Flask", start: "gunicorn --bind $HOST:$PORT hello:application"},
	"procfile-no-web":   {missing: "the Procfile has no web: line (only worker)"},
	"dockerfile-only":   {missing: "needs a Docker engine"},
	"nothing":           {missing: "nothing to build in here"},
}

func jar(glob, flags string) string {
	return "for jar in " + glob + `; do case "$jar" in *-plain.jar|*-sources.jar|*-javadoc.jar|*-tests.jar|*/original-*) ;; ` +
		`*) exec java ` + flags + `-jar "$jar" ;; esac; done; echo "no jar was built" >&2; exit 1`
}

func TestEachProgramOfTheCorpusIsKnown(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir("testdata/corpus")
	require.NoError(t, err)
	require.Len(t, folders, len(corpus))
	for name, want := range corpus {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := program(t, name, detect.Options{Service: "web"})
			require.Equal(t, want.kind, plan.Kind())
			if want.missing != "" {
				require.Len(t, plan.Missing, 1)
				require.Contains(t, plan.Missing[0], want.missing)
				return
			}
			require.Empty(t, plan.Missing)
			require.NotEmpty(t, plan.Why)
			require.Equal(t, want.start, plan.Start)
			require.Equal(t, want.static, plan.Static)
		})
	}
}

func program(t *testing.T, name string, o detect.Options) detect.Plan {
	t.Helper()
	dir := "testdata/corpus/" + name
	require.DirExists(t, dir)
	plan, err := detect.Detect(os.DirFS(dir), o)
	require.NoError(t, err)
	return plan
}
