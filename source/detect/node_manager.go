package detect

import "strings"

// manager is how a Node source installs its packages and runs its scripts.
type manager struct {
	name    string
	install string
	tools   []Tool
	command string // what scripts and programs are run with
	// packaged is what npm knows the manager by.
	packaged string
}

func (m manager) run(script string) string { return m.command + " run " + script }

// start runs the start script with what goes before and after it. A manager that was fetched for the build is not there
// when the program starts.
func (m manager) start() string {
	if strings.HasPrefix(m.command, "npx ") {
		return "npm run start"
	}
	return m.run("start")
}

// program runs a command of an installed package.
func (m manager) program(command string) string {
	switch m.name {
	case "npm":
		return "npx --no-install " + command
	case "bun":
		return "bunx " + command
	case "yarn":
		return m.run(command) // its first version has no exec
	}
	return m.command + " exec " + command
}

// nodeManager chooses by the packageManager field, then the lock file, then "engines". pnpm and yarn that the host lacks
// are fetched by npm for the build; npm takes the place of bun. A notice says so. Corepack would do the same, but not with
// registries that do not sign, and Node does not bring it any more.
func nodeManager(t tree, pkg packageJSON, o Options, p *Plan) manager {
	name, version, _ := strings.Cut(pkg.PackageManager, "@")
	version, _, _ = strings.Cut(version, "+") // without the digest
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
	m.packaged = packageOf(t, name, version)
	switch {
	case name == "npm" || o.has(name):
	case name != "bun":
		m.command, m.tools = "npx --yes -p "+m.packaged+" "+name, tools("npm")
		p.notice("the server has no %s: npm fetches %s for the build", name, m.packaged)
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

// packageOf is the package and version of a manager: the one that the source names, else the one that reads its lock.
func packageOf(t tree, name, version string) string {
	modern := name == "yarn" && (t.has(".yarnrc.yml") || version != "" && !strings.HasPrefix(version, "1"))
	switch {
	case modern:
		return "@yarnpkg/cli-dist@" + orName(version, "4")
	case name == "yarn":
		return "yarn@" + orName(version, "1")
	case name == "pnpm" && strings.Contains(t.text("pnpm-lock.yaml"), "lockfileVersion: '6"):
		return "pnpm@" + orName(version, "8")
	case name == "pnpm":
		return "pnpm@" + orName(version, "9")
	}
	return name
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
