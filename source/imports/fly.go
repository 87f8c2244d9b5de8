package imports

import (
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// fly is what is read of a fly.toml.
type fly struct {
	App   string `toml:"app"`
	Build struct {
		Dockerfile string            `toml:"dockerfile"`
		Target     string            `toml:"build-target"`
		Image      string            `toml:"image"`
		Args       map[string]string `toml:"args"`
		Builder    string            `toml:"builder"`
	} `toml:"build"`
	Deploy struct {
		ReleaseCommand string `toml:"release_command"`
	} `toml:"deploy"`
	Env         map[string]any    `toml:"env"`
	Processes   map[string]string `toml:"processes"`
	KillTimeout any               `toml:"kill_timeout"`
	HTTP        struct {
		Port   int `toml:"internal_port"`
		Checks []struct {
			Path string `toml:"path"`
		} `toml:"checks"`
	} `toml:"http_service"`
	Services []struct {
		Port       int `toml:"internal_port"`
		HTTPChecks []struct {
			Path string `toml:"path"`
		} `toml:"http_checks"`
	} `toml:"services"`
	VM []struct {
		Memory any     `toml:"memory"`
		CPUs   float64 `toml:"cpus"`
	} `toml:"vm"`
	Mounts  any    `toml:"mounts"`
	Statics any    `toml:"statics"`
	Region  string `toml:"primary_region"`
}

func readFly(raw []byte, f *Found) error {
	var in fly
	if err := toml.Unmarshal(raw, &in); err != nil {
		return err
	}
	var s Service
	s.Config.Service = in.App
	s.Config.Build.Dockerfile, s.Config.Build.Target, s.Config.Build.Args = in.Build.Dockerfile, in.Build.Target, in.Build.Args
	s.Config.Run.Port = in.HTTP.Port
	for _, c := range in.HTTP.Checks {
		s.Config.Health.Path = c.Path
	}
	for i, service := range in.Services {
		if i > 0 || in.HTTP.Port != 0 {
			f.lose("services[%d] (port %d): a service has one port here", i, service.Port)
			continue
		}
		s.Config.Run.Port = service.Port
		for _, c := range service.HTTPChecks {
			s.Config.Health.Path = c.Path
		}
	}
	for name, command := range in.Processes {
		if name == "app" || name == "web" {
			s.Config.Run.Command = command
		} else {
			f.lose("processes.%s (%s): make it a service of its own", name, command)
		}
	}
	for _, vm := range in.VM {
		s.Config.Run.CPUs, s.Config.Run.MemoryMB = vm.CPUs, megabytes(vm.Memory)
	}
	s.Config.Run.StopGraceSeconds = secondsOf(in.KillTimeout)
	for name, value := range in.Env {
		s.variable(name, text(value))
	}
	for what, there := range map[string]bool{
		"build.image: Syntra builds from source":                                           in.Build.Image != "",
		"build.builder: Syntra finds out itself how to build":                              in.Build.Builder != "",
		"deploy.release_command: run it with syn exec after the deployment":                in.Deploy.ReleaseCommand != "",
		"mounts: there are no volumes yet; what a program writes is gone with its replica": in.Mounts != nil,
		"statics: the program serves them":                                                 in.Statics != nil,
		"primary_region: name servers under placement":                                     in.Region != "",
	} {
		if there {
			f.lose("%s", what)
		}
	}
	f.Services = []Service{s}
	return nil
}

// megabytes reads 512, "512", "512mb", "1gb", "1Gi".
func megabytes(v any) int {
	s := strings.ToLower(text(v))
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz ")
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0
	}
	if strings.HasPrefix(strings.TrimSpace(s[len(digits):]), "g") {
		n *= 1024
	}
	return int(n)
}

// secondsOf reads 30, "30", "30s", "2m".
func secondsOf(v any) int {
	s := text(v)
	factor := 1
	if strings.HasSuffix(s, "m") {
		factor = 60
	}
	n, _ := strconv.Atoi(strings.TrimRight(s, "sm"))
	return n * factor
}
