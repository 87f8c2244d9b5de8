package detect

import "strings"

// manager is how a Node source installs its packages and runs its scripts.
type manager struct {
	name    string
	install string
	tools   []Tool
	command string // what scripts and programs are run with
}

func (m manager) run(script string) string { return m.command + " run " + script }

// program runs a command of an installed package.
func (m manager) program(command string) string {
	switch m.name {
	case "npm":
		return "npx --no-install " + command
	case "bun":
		return "bunx " + command
	}
	return m.command + " exec " + command
}

// nodeManager chooses by the packageManager field, then the lock file, then "engines". A manager that the host lacks runs
// through corepack, or npm takes its place, and a notice says so.
func nodeManager(t tree, pkg packageJSON, o Options, p *Plan) manager {
	name, version, _ := strings.Cut(pkg.PackageManager, "@")
	lock := t.first("pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "package-lock.json", "npm-shrinkwrap.json")
	if lock != "" {
		p.Why = append(p.Why, lock)
	}
	if name == "" {
		switch {
		case lock != "":
			name = managerOf[lock]
		case pkg.Engines["pnpm"] != "":
			name = "pnpm"
		case pkg.Engines["yarn"] != "":
			name = "yarn"
		}
	}
	switch name {
	case "pnpm", "yarn", "bun":
	default:
		name = "npm"
	}
	m := manager{name: name, command: name, tools: []Tool{tool(name, version)}}
	switch {
	case name == "npm" || o.has(name):
	case name != "bun" && o.has("corepack"):
		m.command, m.tools = "corepack "+name, tools("corepack")
	case usesBunOnly(pkg):
		// npm could install it, but not run it.
	default:
		p.notice("the server has no %s: npm installs instead, and does not read %s (install it there with: %s)",
			name, orName(lock, "its lock file"), installs[name])
		m = manager{name: "npm", command: "npm", tools: tools("npm")}
	}
	m.install = m.installCommand(t, version)
	return m
}

var managerOf = map[string]string{
	"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun",
	"package-lock.json": "npm", "npm-shrinkwrap.json": "npm",
}

func (m manager) installCommand(t tree, version string) string {
	switch m.name {
	case "pnpm":
		if t.has("pnpm-lock.yaml") {
			return m.command + " install --frozen-lockfile"
		}
		return m.command + " install --no-frozen-lockfile"
	case "yarn":
		modern := t.has(".yarnrc.yml") || version != "" && !strings.HasPrefix(version, "1")
		switch {
		case modern && t.has("yarn.lock"):
			return m.command + " install --immutable"
		case t.has("yarn.lock"):
			return m.command + " install --frozen-lockfile"
		}
		return m.command + " install"
	case "bun":
		if t.first("bun.lock", "bun.lockb") != "" {
			return "bun install --frozen-lockfile"
		}
		return "bun install"
	}
	if t.first("package-lock.json", "npm-shrinkwrap.json") != "" {
		return "npm ci"
	}
	return "npm install"
}

// usesBunOnly reports whether the start script is a command of bun.
func usesBunOnly(pkg packageJSON) bool { return strings.HasPrefix(pkg.Scripts["start"], "bun ") }

func orName(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
