package service

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/secret"
)

// Config is everything about a service that a person sets, but its environment. Zero fields mean the default (see WithDefaults).
type Config struct {
	Source  Source   `json:"source"`
	Build   Build    `json:"build"`
	Run     Run      `json:"run"`
	Health  Health   `json:"health"`
	Rollout Rollout  `json:"rollout"`
	Domains []string `json:"domains,omitempty"`
}

// SourceKind says where the code comes from.
type SourceKind string

const (
	Upload SourceKind = "upload" // a directory sent by `syn deploy`
	Git    SourceKind = "git"
)

// Source is where the code comes from.
type Source struct {
	Kind SourceKind `json:"kind"`
	// Repository is an https URL or, on the server itself, an absolute path.
	Repository string `json:"repository,omitempty"`
	Branch     string `json:"branch,omitempty"`
	// Directory is the service's root inside the source; "" is the source's root.
	Directory string `json:"directory,omitempty"`
	// TokenName names the variable of the service's environment that holds the access token of a private repository.
	TokenName string `json:"token_name,omitempty"`
}

// Build says how an artifact is made.
type Build struct {
	// Runtime is "docker", "process", or "" for what the server offers and the source fits.
	Runtime    string            `json:"runtime,omitempty"`
	Dockerfile string            `json:"dockerfile,omitempty"`
	Target     string            `json:"target,omitempty"`
	Args       map[string]string `json:"args,omitempty"`
	// Secrets names variables of the environment that the build may read (BuildKit secret mounts).
	Secrets []string `json:"secrets,omitempty"`
	// Command overrides the detected build command (process runtime).
	Command        string `json:"command,omitempty"`
	TimeoutSeconds int    `json:"timeout_seconds,omitempty"`
}

// Run says how a replica runs.
type Run struct {
	Command  string  `json:"command,omitempty"`
	Port     int     `json:"port,omitempty"`
	Replicas int     `json:"replicas,omitempty"`
	CPUs     float64 `json:"cpus,omitempty"`
	MemoryMB int     `json:"memory_mb,omitempty"`
	// DiskMB bounds the artifact's size; 0 is unbounded.
	DiskMB           int `json:"disk_mb,omitempty"`
	StopGraceSeconds int `json:"stop_grace_seconds,omitempty"`
}

// Health is the gate that a new release must pass before traffic.
type Health struct {
	// Path answers 2xx or 3xx; "": /up, and where the program does not know that, / with any status below 500.
	Path            string `json:"path,omitempty"`
	IntervalMillis  int    `json:"interval_millis,omitempty"`
	TimeoutSeconds  int    `json:"timeout_seconds,omitempty"`
	DeadlineSeconds int    `json:"deadline_seconds,omitempty"`
}

// Rollout says how traffic moves and how long the old release stays.
type Rollout struct {
	DrainSeconds          int `json:"drain_seconds,omitempty"`
	WebSocketDrainSeconds int `json:"websocket_drain_seconds,omitempty"`
	// RollbackWindowSeconds is how long the old release is kept warm after a deployment.
	RollbackWindowSeconds int `json:"rollback_window_seconds,omitempty"`
	// AgentDeadlineSeconds is how long a deployment waits for an offline agent before it fails.
	AgentDeadlineSeconds int `json:"agent_deadline_seconds,omitempty"`
}

// Defaults, as the field's tools have them (Kamal's /up and 30 s, Render's drain).
const (
	DefaultPort           = 8080
	DefaultHealthInterval = 250 // milliseconds
	DefaultRollbackWindow = 600 // seconds
)

// WithDefaults fills every zero field that has a default.
func (c Config) WithDefaults() Config {
	def := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	if c.Source.Kind == "" {
		c.Source.Kind = Upload
	}
	if c.Source.Kind == Git && c.Source.Branch == "" {
		c.Source.Branch = "main"
	}
	def(&c.Build.TimeoutSeconds, 900)
	def(&c.Run.Replicas, 1)
	def(&c.Run.StopGraceSeconds, 10)
	def(&c.Health.IntervalMillis, DefaultHealthInterval)
	def(&c.Health.TimeoutSeconds, 5)
	def(&c.Health.DeadlineSeconds, 60)
	def(&c.Rollout.DrainSeconds, 30)
	def(&c.Rollout.WebSocketDrainSeconds, 60)
	def(&c.Rollout.RollbackWindowSeconds, DefaultRollbackWindow)
	def(&c.Rollout.AgentDeadlineSeconds, 600)
	return c
}

// Limits of one service.
const (
	MaxReplicas = 20
	MaxDomains  = 50
	MaxCPUs     = 1024
	MaxMB       = 64 << 20 // 64 TiB
)

// Check refuses a config that could not run; the message names the field.
func (c Config) Check() error {
	switch {
	case c.Source.Kind != "" && c.Source.Kind != Upload && c.Source.Kind != Git:
		return bad("source.kind %q: use upload or git", c.Source.Kind)
	case c.Source.Kind == Git && !strings.HasPrefix(c.Source.Repository, "https://") && !path.IsAbs(c.Source.Repository):
		return bad("source.repository %q: use an https URL or an absolute path on the server", c.Source.Repository)
	case strings.ContainsFunc(c.Source.Repository, unprintable):
		return bad("source.repository holds spaces or control characters")
	case strings.Contains(c.Source.Repository, "@"):
		return bad("source.repository must not hold credentials: put the token in an env variable and name it in source.token_name")
	case escapes(c.Source.Directory):
		return bad("source.directory %q: stay inside the source", c.Source.Directory)
	case escapes(c.Build.Dockerfile):
		return bad("build.dockerfile %q: stay inside the source", c.Build.Dockerfile)
	case c.Build.Runtime != "" && c.Build.Runtime != "docker" && c.Build.Runtime != "process":
		return bad("build.runtime %q: use docker or process, or leave it empty", c.Build.Runtime)
	case c.Run.Port < 0 || c.Run.Port > 65535:
		return bad("run.port %d: use 1 to 65535", c.Run.Port)
	case c.Run.Replicas < 0 || c.Run.Replicas > MaxReplicas:
		return bad("run.replicas %d: use 1 to %d", c.Run.Replicas, MaxReplicas)
	case !(c.Run.CPUs >= 0 && c.Run.CPUs <= MaxCPUs):
		return bad("run.cpus %g: use 0 to %d", c.Run.CPUs, MaxCPUs)
	case c.Run.MemoryMB < 0 || c.Run.MemoryMB > MaxMB:
		return bad("run.memory_mb %d: use 0 to %d", c.Run.MemoryMB, MaxMB)
	case c.Run.DiskMB < 0 || c.Run.DiskMB > MaxMB:
		return bad("run.disk_mb %d: use 0 to %d", c.Run.DiskMB, MaxMB)
	case c.Health.Path != "" && !strings.HasPrefix(c.Health.Path, "/"), strings.ContainsFunc(c.Health.Path, unprintable):
		return bad("health.path %q: start it with / and leave out spaces", c.Health.Path)
	case len(c.Domains) > MaxDomains:
		return bad("domains: at most %d", MaxDomains)
	}
	if err := c.checkTimes(); err != nil {
		return err
	}
	return c.checkNames()
}

func (c Config) checkTimes() error {
	for _, f := range []struct {
		name    string
		seconds int
	}{
		{"build.timeout_seconds", c.Build.TimeoutSeconds}, {"run.stop_grace_seconds", c.Run.StopGraceSeconds},
		{"health.timeout_seconds", c.Health.TimeoutSeconds}, {"health.deadline_seconds", c.Health.DeadlineSeconds},
		{"rollout.drain_seconds", c.Rollout.DrainSeconds}, {"rollout.websocket_drain_seconds", c.Rollout.WebSocketDrainSeconds},
		{"rollout.rollback_window_seconds", c.Rollout.RollbackWindowSeconds}, {"rollout.agent_deadline_seconds", c.Rollout.AgentDeadlineSeconds},
	} {
		if f.seconds < 0 || f.seconds > 86400 {
			return bad("%s %d: use 0 to 86400", f.name, f.seconds)
		}
	}
	if c.Health.IntervalMillis < 0 || c.Health.IntervalMillis > 60_000 {
		return bad("health.interval_millis %d: use 0 to 60000", c.Health.IntervalMillis)
	}
	return nil
}

func (c Config) checkNames() error {
	for i, host := range c.Domains {
		if err := domain.CheckHost(host); err != nil {
			return err
		}
		if slices.Contains(c.Domains[:i], host) {
			return bad("domains: %s is there twice", host)
		}
	}
	names := c.Build.Secrets
	if c.Source.TokenName != "" {
		names = append([]string{c.Source.TokenName}, names...)
	}
	for _, name := range names {
		if err := secret.CheckName(name); err != nil {
			return err
		}
	}
	return nil
}

// escapes reports whether a path that a user gave leaves the source's root.
func escapes(dir string) bool {
	clean := path.Clean(dir)
	return path.IsAbs(dir) || strings.ContainsAny(dir, "\\\x00") || clean == ".." || strings.HasPrefix(clean, "../")
}

func unprintable(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func bad(format string, args ...any) error {
	return domain.Errorf(domain.Invalid, format, args...).WithReason("bad_config")
}
