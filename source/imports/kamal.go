package imports

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// kamal is what is read of a config/deploy.yml.
type kamal struct {
	Service string `yaml:"service"`
	Image   string `yaml:"image"`
	Servers any    `yaml:"servers"`
	Proxy   struct {
		Host   string   `yaml:"host"`
		Hosts  []string `yaml:"hosts"`
		Port   int      `yaml:"app_port"`
		Health struct {
			Path     string `yaml:"path"`
			Interval int    `yaml:"interval"`
			Timeout  int    `yaml:"timeout"`
		} `yaml:"healthcheck"`
	} `yaml:"proxy"`
	Env struct {
		Clear  map[string]any `yaml:"clear"`
		Secret []string       `yaml:"secret"`
	} `yaml:"env"`
	Builder struct {
		Dockerfile string            `yaml:"dockerfile"`
		Target     string            `yaml:"target"`
		Args       map[string]string `yaml:"args"`
		Secrets    []string          `yaml:"secrets"`
	} `yaml:"builder"`
	Drain       int            `yaml:"drain_timeout"`
	Deploy      int            `yaml:"deploy_timeout"`
	Accessories map[string]any `yaml:"accessories"`
	Volumes     []string       `yaml:"volumes"`
	Assets      string         `yaml:"asset_path"`
}

func readKamal(raw []byte, f *Found) error {
	var in kamal
	if err := yaml.Unmarshal(raw, &in); err != nil {
		return err
	}
	var s Service
	c := &s.Config
	c.Service = in.Service
	c.Build.Dockerfile, c.Build.Target, c.Build.Args = in.Builder.Dockerfile, in.Builder.Target, in.Builder.Args
	c.Build.Secrets = in.Builder.Secrets
	c.Run.Port = in.Proxy.Port
	if c.Run.Port == 0 {
		c.Run.Port = 80 // Kamal's own default
	}
	c.Domains = in.Proxy.Hosts
	if in.Proxy.Host != "" {
		c.Domains = append(c.Domains, in.Proxy.Host)
	}
	c.Health.Path, c.Health.TimeoutSeconds = in.Proxy.Health.Path, in.Proxy.Health.Timeout
	c.Health.IntervalMillis = in.Proxy.Health.Interval * 1000
	c.Health.DeadlineSeconds, c.Rollout.DrainSeconds = in.Deploy, in.Drain
	for name, value := range in.Env.Clear {
		s.variable(name, text(value))
	}
	for _, name := range in.Env.Secret {
		name, _, _ = strings.Cut(name, ":") // NAME:NAME_IN_THE_SECRETS
		s.variable(name, "")
	}
	if in.Servers != nil {
		f.lose("servers: join them to Syntra (syn server add), and name them under placement")
	}
	for name := range in.Accessories {
		f.lose("accessory %s: bring your own, and set its address with syn env set", name)
	}
	for _, v := range in.Volumes {
		f.lose("volume %s: there are no volumes yet; what a program writes is gone with its replica", v)
	}
	if in.Assets != "" {
		f.lose("asset_path: the old release serves its own assets until it is drained")
	}
	f.Services = []Service{s}
	return nil
}
