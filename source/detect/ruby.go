package detect

import (
	"regexp"
	"strings"
)

var (
	gemLine     = regexp.MustCompile(`(?m)^\s*gem\s*\(?\s*["']([\w.-]+)["']`)
	rubyVersion = regexp.MustCompile(`(?m)^\s*ruby\s+["'](?:[~>= ]*)(\d+\.\d+)`)
	rubyNumber  = regexp.MustCompile(`\d+\.\d+`)
)

// detectRuby installs the gems into vendor/bundle and starts Rails, a Rack application or a Sinatra file.
func detectRuby(t tree, o Options) *Plan {
	if !t.has("Gemfile") {
		return nil
	}
	gemfile := t.text("Gemfile")
	version := rubyNumber.FindString(t.text(".ruby-version"))
	if m := rubyVersion.FindStringSubmatch(gemfile); m != nil {
		version = m[1]
	}
	gems := map[string]bool{}
	for _, m := range gemLine.FindAllStringSubmatch(gemfile, -1) {
		gems[m[1]] = true
	}
	p := &Plan{
		Language: "ruby",
		Why:      t.those("Gemfile", "Gemfile.lock", "config.ru"),
		Tools:    []Tool{tool("ruby", version), tool("bundle", "")},
		Install:  []string{"bundle config set --local path vendor/bundle"},
		Caches:   []string{".bundle/cache"},
		Image: Image{
			Build: "ruby:" + orName(version, "3.4"), Run: "ruby:" + orName(version, "3.4") + "-slim",
			Early: t.those("Gemfile", "Gemfile.lock", ".ruby-version"), Keep: []string{"."},
			Env: []string{"RAILS_ENV=production", "RACK_ENV=production", "BUNDLE_APP_CONFIG=/app/.bundle"},
		},
	}
	if t.has("Gemfile.lock") {
		p.Install = append(p.Install, "bundle config set --local frozen true")
	}
	p.Install = append(p.Install, "bundle config set --local without development:test", "bundle install")
	const bind = `"${HOST:-0.0.0.0}"`
	switch app := t.first("app.rb", "main.rb", "server.rb"); {
	case gems["jekyll"]:
		p.Framework, p.Build = "Jekyll", []string{"bundle exec jekyll build"}
		p.Static, p.Image.Run = &Static{Dir: "_site"}, staticImage
	case gems["rails"]:
		p.Framework, p.Health = "Rails", "/up"
		if t.has("config/routes.rb") && !strings.Contains(t.text("config/routes.rb"), "rails/health") {
			p.Health = ""
		}
		if gems["sprockets-rails"] || gems["propshaft"] {
			p.Build = []string{"RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 bundle exec rails assets:precompile"}
		}
		p.Env = append(p.Env, Variable{"SECRET_KEY_BASE", "Rails signs its cookies with it (make one with: rails secret)"})
		if t.has("config/credentials.yml.enc") {
			p.Env = append(p.Env, Variable{"RAILS_MASTER_KEY", "it opens config/credentials.yml.enc"})
		}
		// Without the binstub, which may name another Ruby.
		p.Start = "RAILS_ENV=production RAILS_LOG_TO_STDOUT=1 exec bundle exec rails server -b " + bind + ` -p "$PORT"`
		p.notice("migrations are not run by a deployment: run them with syn exec SERVICE -- bundle exec rails db:migrate")
	case t.has("config.ru"):
		p.Framework = "Rack"
		p.Start = `exec bundle exec rackup --host ` + bind + ` --port "$PORT" --env production`
		if gems["puma"] {
			p.Start = `exec bundle exec puma --bind "tcp://${HOST:-0.0.0.0}:$PORT" --environment production`
		}
	case gems["sinatra"] && app != "":
		p.Framework = "Sinatra"
		p.Start = "APP_ENV=production exec bundle exec ruby " + app + " -o " + bind + ` -p "$PORT"`
	case app != "":
		p.Start = "exec bundle exec ruby " + app
		p.listens(t, app)
	case o.Start == "":
		p.need("nothing says how to run this Ruby program: add a config.ru, or set run.command in syntra.yaml")
	}
	return p
}
