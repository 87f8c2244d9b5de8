package detect

import "strings"

// detectPHP serves the public folder with FrankenPHP where there is one, else with PHP's own server.
func detectPHP(t tree, o Options) *Plan {
	entry := t.first("public/index.php", "web/index.php", "index.php")
	if !t.has("composer.json") && entry == "" {
		return nil
	}
	p := &Plan{
		Language: "php",
		Why:      t.those("composer.json", "composer.lock", entry),
		Image:    Image{Build: "dunglas/frankenphp:1-php8.4", Early: nil, Keep: []string{"."}},
	}
	var composer struct {
		Require map[string]string `json:"require"`
	}
	if t.has("composer.json") {
		if err := t.json("composer.json", &composer); err != nil {
			p.need("composer.json is not valid JSON: %v", err)
			return p
		}
		p.Image.Setup = []string{"apt-get update && apt-get install -y --no-install-recommends git unzip && " +
			"php -r \"copy('https://getcomposer.org/installer', '/tmp/c.php');\" && " +
			"php /tmp/c.php --install-dir=/usr/local/bin --filename=composer"}
		p.Caches = []string{".cache/composer"}
		if len(composer.Require) > 0 {
			p.Tools = tools("composer")
			p.Install = []string{"composer install --no-dev --no-interaction --prefer-dist --optimize-autoloader"}
		}
	}
	switch {
	case t.has("artisan"):
		p.Framework, p.Health = "Laravel", "/up"
		p.Env = append(p.Env, Variable{"APP_KEY", "Laravel encrypts with it (make one with: php artisan key:generate --show)"})
		p.notice("migrations are not run by a deployment: run them with syn exec SERVICE -- php artisan migrate --force")
	case composer.Require["symfony/framework-bundle"] != "":
		p.Framework = "Symfony"
		p.Env = append(p.Env, Variable{"APP_SECRET", "Symfony signs with it"})
	}
	if entry == "" {
		if o.Start == "" {
			p.need("this PHP source has no index.php: add one in its root or in public/, or set run.command in syntra.yaml")
		}
		return p
	}
	root := "."
	if folder, _, below := strings.Cut(entry, "/"); below {
		root = folder
	}
	const address = `"${HOST:-0.0.0.0}:$PORT"`
	if o.has("frankenphp") {
		if o.Has != nil {
			p.Tools = append(p.Tools, tool("frankenphp", ""))
		}
		p.Start = "exec frankenphp php-server --listen " + address + " --root " + root
		return p
	}
	p.Tools = append([]Tool{tool("php", "")}, p.Tools...)
	p.Start = "PHP_CLI_SERVER_WORKERS=4 exec php -S " + address + " -t " + root
	p.notice("PHP's own server answers, since the server has no frankenphp: it is meant for small sites")
	return p
}
