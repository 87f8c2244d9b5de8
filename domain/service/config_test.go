package service_test

import (
	"math"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
)

func TestConfigIsCheckedFieldByField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*service.Config)
		says   string // "" where it is fine
	}{
		"nothing": {func(*service.Config) {}, ""},
		"git over https": {func(c *service.Config) {
			c.Source = service.Source{Kind: service.Git, Repository: "https://example.com/a.git"}
		}, ""},
		"git on the server": {func(c *service.Config) { c.Source = service.Source{Kind: service.Git, Repository: "/srv/git/a"} }, ""},
		"git over ssh":      {func(c *service.Config) { c.Source = service.Source{Kind: service.Git, Repository: "git:example.com/a"} }, "source.repository"},
		"git without any":   {func(c *service.Config) { c.Source.Kind = service.Git }, "source.repository"},
		"a password in the URL": {func(c *service.Config) {
			c.Source = service.Source{Kind: service.Git, Repository: "https://a:b@example.com"}
		}, "must not hold credentials"},
		"a line break in the URL": {func(c *service.Config) { c.Source = service.Source{Kind: service.Git, Repository: "https://a.com/\nb"} }, "control characters"},
		"another source":          {func(c *service.Config) { c.Source.Kind = "ftp" }, "source.kind"},
		"a directory":             {func(c *service.Config) { c.Source.Directory = "apps/web" }, ""},
		"a directory with dots":   {func(c *service.Config) { c.Source.Directory = "..config/.hidden" }, ""},
		"a directory outside":     {func(c *service.Config) { c.Source.Directory = "apps/../../etc" }, "source.directory"},
		"an absolute directory":   {func(c *service.Config) { c.Source.Directory = "/etc" }, "source.directory"},
		"a Windows directory":     {func(c *service.Config) { c.Source.Directory = `..\etc` }, "source.directory"},
		"a Dockerfile":            {func(c *service.Config) { c.Build.Dockerfile = "docker/Dockerfile.prod" }, ""},
		"a Dockerfile outside":    {func(c *service.Config) { c.Build.Dockerfile = "../Dockerfile" }, "build.dockerfile"},
		"a runtime":               {func(c *service.Config) { c.Build.Runtime = "process" }, ""},
		"another runtime":         {func(c *service.Config) { c.Build.Runtime = "vm" }, "build.runtime"},
		"a build secret":          {func(c *service.Config) { c.Build.Secrets = []string{"NPM_TOKEN"} }, ""},
		"an impossible secret":    {func(c *service.Config) { c.Build.Secrets = []string{"A B"} }, "A B"},
		"an impossible token":     {func(c *service.Config) { c.Source.TokenName = "a-b" }, "a-b"},
		"a port":                  {func(c *service.Config) { c.Run.Port = 65535 }, ""},
		"too high a port":         {func(c *service.Config) { c.Run.Port = 65536 }, "run.port"},
		"replicas":                {func(c *service.Config) { c.Run.Replicas = service.MaxReplicas }, ""},
		"too many replicas":       {func(c *service.Config) { c.Run.Replicas = service.MaxReplicas + 1 }, "run.replicas"},
		"limits":                  {func(c *service.Config) { c.Run.CPUs, c.Run.MemoryMB, c.Run.DiskMB = 0.5, 256, 1024 }, ""},
		"negative CPUs":           {func(c *service.Config) { c.Run.CPUs = -1 }, "run.cpus"},
		"no number of CPUs":       {func(c *service.Config) { c.Run.CPUs = math.NaN() }, "run.cpus"},
		"negative memory":         {func(c *service.Config) { c.Run.MemoryMB = -1 }, "run.memory_mb"},
		"memory beyond counting":  {func(c *service.Config) { c.Run.MemoryMB = math.MaxInt }, "run.memory_mb"},
		"negative disk":           {func(c *service.Config) { c.Run.DiskMB = -1 }, "run.disk_mb"},
		"a health path":           {func(c *service.Config) { c.Health.Path = "/healthz?deep=1" }, ""},
		"a relative health path":  {func(c *service.Config) { c.Health.Path = "healthz" }, "health.path"},
		"a smuggled request":      {func(c *service.Config) { c.Health.Path = "/ HTTP/1.1\r\nX: y" }, "health.path"},
		"a day to build":          {func(c *service.Config) { c.Build.TimeoutSeconds = 86400 }, ""},
		"more than a day":         {func(c *service.Config) { c.Build.TimeoutSeconds = 86401 }, "build.timeout_seconds"},
		"a negative drain":        {func(c *service.Config) { c.Rollout.DrainSeconds = -1 }, "rollout.drain_seconds"},
		"a slow probe":            {func(c *service.Config) { c.Health.IntervalMillis = 60_001 }, "health.interval_millis"},
		"domains":                 {func(c *service.Config) { c.Domains = []string{"a.com", "b.a.com"} }, ""},
		"a domain twice":          {func(c *service.Config) { c.Domains = []string{"a.com", "a.com"} }, "twice"},
		"no domain":               {func(c *service.Config) { c.Domains = []string{"https://a.com"} }, "https://a.com"},
		"too many domains":        {func(c *service.Config) { c.Domains = make([]string, service.MaxDomains+1) }, "domains"},
	} {
		t.Run(name, func(t *testing.T) {
			var config service.Config
			c.change(&config)
			err := config.Check()
			if c.says == "" {
				require.NoError(t, err)
				require.NoError(t, config.WithDefaults().Check())
				return
			}
			require.Equal(t, domain.Invalid, domain.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestDefaultsFillOnlyWhatIsUnset(t *testing.T) {
	t.Parallel()
	d := service.Config{}.WithDefaults()
	require.Equal(t, service.Upload, d.Source.Kind)
	require.Empty(t, d.Health.Path, "a path that nobody said is found out at the gate")
	require.Equal(t, 1, d.Run.Replicas)
	require.Equal(t, d, d.WithDefaults(), "twice is once")

	own := service.Config{Source: service.Source{Kind: service.Git}, Run: service.Run{Replicas: 3, StopGraceSeconds: 1}, Health: service.Health{Path: "/ready"}}
	o := own.WithDefaults()
	require.Equal(t, "main", o.Source.Branch)
	require.Equal(t, 3, o.Run.Replicas)
	require.Equal(t, 1, o.Run.StopGraceSeconds)
	require.Equal(t, "/ready", o.Health.Path)
}

// FuzzDirectoriesStayInside: a directory that passes, joined to a root, is below that root.
func FuzzDirectoriesStayInside(f *testing.F) {
	for _, s := range []string{"", ".", "a", "a/../b", "..", "a/../..", "/a", "./../a", "..a", "a\x00", `a\..\..`, "a//../../b", "....//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, dir string) {
		if (service.Config{Source: service.Source{Directory: dir}}).Check() != nil {
			return
		}
		const root = "/root/of/source"
		joined := path.Join(root, dir)
		require.True(t, joined == root || strings.HasPrefix(joined, root+"/"), "%q leads to %s", dir, joined)
		require.NotContains(t, dir, "\x00")
	})
}
