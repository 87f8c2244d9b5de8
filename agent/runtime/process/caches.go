//go:build linux

package process

import (
	"os"
	"path/filepath"
)

// toolEnv are the variables by which languages' tools find their caches and, since a build has a home of its own,
// themselves.
func toolEnv(cache string) map[string]string {
	env := map[string]string{
		"PIP_CACHE_DIR": filepath.Join(cache, "pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1",
		"UV_CACHE_DIR": filepath.Join(cache, "uv"), "UV_LINK_MODE": "copy",
		"PYENV_DIR":        "/", // a .python-version must not forbid the Python that is there
		"CARGO_HOME":       filepath.Join(cache, "cargo"),
		"MAVEN_ARGS":       "-Dmaven.repo.local=" + filepath.Join(cache, "maven"),
		"GRADLE_USER_HOME": filepath.Join(cache, "gradle"),
		"NUGET_PACKAGES":   filepath.Join(cache, "nuget"), "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1",
		"COMPOSER_CACHE_DIR": filepath.Join(cache, "composer"), "COMPOSER_ALLOW_SUPERUSER": "1",
		"DENO_NO_UPDATE_CHECK": "1", "NEXT_TELEMETRY_DISABLED": "1",
	}
	if home, err := os.UserHomeDir(); err == nil && exists(filepath.Join(home, ".rustup")) {
		env["RUSTUP_HOME"] = filepath.Join(home, ".rustup") // rustup's cargo looks for its toolchains there
	}
	return env
}
