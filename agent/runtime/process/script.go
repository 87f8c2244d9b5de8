//go:build linux

package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"sort"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// passed are the agent's own variables that a build gets: how to reach registries and caches. Nothing else of its
// environment does.
var passed = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"NODE_EXTRA_CA_CERTS", "npm_config_registry", "NPM_CONFIG_REGISTRY",
	"GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOINSECURE", "GOTOOLCHAIN", "GOCACHE", "GOMODCACHE",
	"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "REQUESTS_CA_BUNDLE",
	"CARGO_HTTP_CAINFO", "JAVA_HOME", "MAVEN_OPTS", "RUSTUP_HOME",
}

func systemPath() string {
	if p := os.Getenv("PATH"); p != "" {
		return p
	}
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

func (r *Runtime) buildEnv(dir string, spec runtime.BuildSpec) []string {
	cache := filepath.Join(r.opts.Dir, "cache")
	env := map[string]string{
		"PATH": systemPath(), "HOME": filepath.Join(dir, "home"), "TMPDIR": filepath.Join(dir, "tmp"), "LANG": "C.UTF-8", "CI": "true",
		"GOCACHE": filepath.Join(cache, "go-build"), "GOMODCACHE": filepath.Join(cache, "go-mod"), "CGO_ENABLED": "0",
		"npm_config_cache": filepath.Join(cache, "npm"), "npm_config_update_notifier": "false", "npm_config_fund": "false",
		"npm_config_audit": "false",
	}
	maps.Copy(env, toolEnv(cache))
	// A home of its own must not hide how this host reaches its registries.
	if home, err := os.UserHomeDir(); err == nil {
		for name, path := range map[string]string{"npm_config_userconfig": ".npmrc", "GOENV": ".config/go/env"} {
			if file := filepath.Join(home, path); exists(file) {
				env[name] = file
			}
		}
	}
	for _, name := range passed {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	for _, given := range []map[string]string{spec.Args, spec.Secrets} {
		for name, value := range given {
			env[name] = value
		}
	}
	env[markerName] = dir
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	sort.Strings(list)
	return list
}

// runScript runs a build command in a process group of its own, which ends with it or with ctx.
func runScript(ctx context.Context, tree, script string, env []string, log *runtime.BuildLog) error {
	for _, sub := range []string{"home", "tmp"} {
		if err := os.MkdirAll(filepath.Join(filepath.Dir(tree), sub), 0o700); err != nil {
			return fmt.Errorf("build: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = tree, env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { killGroup(cmd.Process.Pid); return nil }
	cmd.WaitDelay = 2 * time.Second
	ended := make(chan error, 1)
	go func() {
		// The death signal is sent when the starting thread ends, so that thread is kept.
		goruntime.LockOSThread()
		defer goruntime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			err = cmd.Wait()
			killGroup(cmd.Process.Pid)
		}
		ended <- err
	}()
	err := <-ended
	log.Flush()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("build: %w", ctx.Err())
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.As(err, &exit):
		return &runtime.Error{Code: runtime.CodeBuildFailed, Message: fmt.Sprintf(
			"build command %q ended with exit code %d:\n%s", log.Mask(script), exitCode(exit.ProcessState), log.Tail())}
	}
	return fmt.Errorf("build: run %q: %w", script, err)
}
