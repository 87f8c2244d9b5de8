package detect

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// dependencies are the names of what a Python source depends on, in lower case; an extra is there as "name[extra]", too.
type dependencies map[string]bool

var requirement = regexp.MustCompile(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?`)

func (d dependencies) add(line string) {
	m := requirement.FindStringSubmatch(line)
	if m == nil {
		return
	}
	name := strings.ToLower(strings.ReplaceAll(m[1], "_", "-"))
	d[name] = true
	for extra := range strings.SplitSeq(strings.Trim(m[2], "[]"), ",") {
		if extra = strings.TrimSpace(extra); extra != "" {
			d[name+"["+strings.ToLower(extra)+"]"] = true
		}
	}
}

// pyproject is what is read of a pyproject.toml.
type pyproject struct {
	Project struct {
		Dependencies []string `toml:"dependencies"`
	} `toml:"project"`
	BuildSystem map[string]any `toml:"build-system"`
	Tool        struct {
		Poetry *struct {
			Dependencies map[string]any `toml:"dependencies"`
		} `toml:"poetry"`
		UV  map[string]any `toml:"uv"`
		PDM map[string]any `toml:"pdm"`
	} `toml:"tool"`
}

func readPyproject(t tree) (p pyproject, err error) {
	if err := toml.Unmarshal([]byte(t.text("pyproject.toml")), &p); err != nil {
		return p, fmt.Errorf("pyproject.toml is not valid TOML: %w", err)
	}
	return p, nil
}

func pythonDependencies(t tree) (dependencies, error) {
	deps := dependencies{}
	for line := range strings.Lines(t.text("requirements.txt")) {
		deps.add(line)
	}
	project, err := readPyproject(t)
	if err != nil {
		return nil, err
	}
	for _, line := range project.Project.Dependencies {
		deps.add(line)
	}
	if project.Tool.Poetry != nil {
		for name := range project.Tool.Poetry.Dependencies {
			deps.add(name)
		}
	}
	var pipfile struct {
		Packages map[string]any `toml:"packages"`
	}
	if err := toml.Unmarshal([]byte(t.text("Pipfile")), &pipfile); err != nil {
		return nil, fmt.Errorf("Pipfile is not valid TOML: %w", err)
	}
	for name := range pipfile.Packages {
		deps.add(name)
	}
	return deps, nil
}

// pythonInstall chooses the installer: requirements.txt, then uv, poetry, pdm and Pipenv by their locks and tables, then
// the project itself.
func pythonInstall(t tree, o Options, p *Plan) {
	project, err := readPyproject(t)
	if err != nil {
		return // said already
	}
	p.Install = []string{"python3 -m venv .venv"}
	// with runs an installer, which is installed itself where the host (or the image) has none.
	with := func(variables, name, arguments string) {
		command := name
		if o.Has == nil || !o.has(name) {
			folder := `"${TMPDIR:-/tmp}"/` + name
			p.Install = append(p.Install, "python3 -m venv "+folder+" && "+folder+"/bin/pip install "+name)
			command = folder + "/bin/" + name
		}
		p.Install = append(p.Install, strings.TrimSpace(variables+" "+command+" "+arguments))
	}
	poetry, uv, pdm := project.Tool.Poetry != nil, project.Tool.UV != nil, project.Tool.PDM != nil
	switch {
	case t.has("requirements.txt"):
		p.Install = append(p.Install, python+" -m pip install -r requirements.txt")
		if strings.Contains(t.text("requirements.txt"), "-r ") || strings.Contains(t.text("requirements.txt"), "-e ") {
			p.Image.Early = nil // it names other files
		}
	case t.has("uv.lock"):
		with("", "uv", "sync --frozen --no-dev --inexact --no-install-project")
	case t.has("poetry.lock") || poetry:
		with("POETRY_VIRTUALENVS_IN_PROJECT=true", "poetry", "install --only main --no-root --no-interaction")
	case t.has("pdm.lock") || pdm:
		with(`VIRTUAL_ENV="$PWD/.venv"`, "pdm", "sync --prod --no-self")
	case t.has("Pipfile.lock"):
		with("PIPENV_VENV_IN_PROJECT=1", "pipenv", "sync")
	case t.has("Pipfile"):
		with("PIPENV_VENV_IN_PROJECT=1", "pipenv", "install --skip-lock")
	case uv:
		with("", "uv", "sync --no-dev --inexact --no-install-project")
	case project.BuildSystem != nil || t.has("setup.py"):
		p.Install = append(p.Install, python+" -m pip install .")
		p.Image.Early = nil
	case len(project.Project.Dependencies) > 0:
		words := ""
		for _, d := range project.Project.Dependencies {
			words += " " + Quote(d)
		}
		p.Install = append(p.Install, python+" -m pip install"+words)
	}
}
