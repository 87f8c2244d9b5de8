package imports

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// readCompose takes services that are built from source, with ports, variables, health check and limits.
func readCompose(raw []byte, f *Found) error {
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  "/",
		ConfigFiles: []types.ConfigFile{{Filename: path.Base(f.File), Content: raw}},
		Environment: types.Mapping{},
	}, func(o *loader.Options) {
		// Only this one file is read: others might lie anywhere.
		o.SkipExtends, o.SkipInclude, o.SkipResolveEnvironment, o.SkipResolveLabels = true, true, true, true
		o.SkipNormalization, o.ResolvePaths, o.SkipConsistencyCheck = true, false, true
		o.SetProjectName("imported", true)
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(slices.Values(project.ServiceNames())) {
		in := project.Services[name]
		if in.Build == nil {
			f.lose("service %s runs the image %s: Syntra builds from source; bring it yourself, and set its address with syn env set",
				name, in.Image)
			continue
		}
		f.Services = append(f.Services, composeService(name, in, f))
	}
	return nil
}

func composeService(name string, in types.ServiceConfig, f *Found) Service {
	s := Service{Directory: strings.Trim(path.Clean("/"+in.Build.Context), "/")}
	c := &s.Config
	c.Service = name
	c.Build.Dockerfile, c.Build.Target = in.Build.Dockerfile, in.Build.Target
	for arg, value := range in.Build.Args {
		if value != nil {
			if c.Build.Args == nil {
				c.Build.Args = map[string]string{}
			}
			c.Build.Args[arg] = *value
		}
	}
	for i, port := range in.Ports {
		if i == 0 {
			c.Run.Port = int(port.Target)
		} else {
			f.lose("service %s: port %d: a service has one port here (%d)", name, port.Target, c.Run.Port)
		}
	}
	if c.Run.Port == 0 && len(in.Expose) > 0 {
		c.Run.Port, _ = strconv.Atoi(in.Expose[0])
	}
	for variable, value := range in.Environment {
		if value == nil {
			s.variable(variable, "")
		} else {
			s.variable(variable, *value)
		}
	}
	if len(in.Command) > 0 {
		f.lose("service %s: command %s: set it as run.command where the image's own is not meant", name, strings.Join(in.Command, " "))
	}
	if in.StopGracePeriod != nil {
		c.Run.StopGraceSeconds = int(seconds(*in.StopGracePeriod))
	}
	if in.Deploy != nil {
		if in.Deploy.Replicas != nil {
			c.Run.Replicas = *in.Deploy.Replicas
		}
		if limits := in.Deploy.Resources.Limits; limits != nil {
			c.Run.CPUs, c.Run.MemoryMB = float64(limits.NanoCPUs), int(limits.MemoryBytes>>20)
		}
	}
	if in.MemLimit > 0 {
		c.Run.MemoryMB = int(in.MemLimit >> 20)
	}
	if in.CPUS > 0 {
		c.Run.CPUs = float64(in.CPUS)
	}
	if in.HealthCheck != nil && !in.HealthCheck.Disable {
		c.Health.Path = pathIn(in.HealthCheck.Test)
		if c.Health.Path == "" {
			f.lose("service %s: healthcheck %s: name a path under health.path", name, strings.Join(in.HealthCheck.Test, " "))
		}
	}
	composeLosses(name, in, f)
	return s
}

func composeLosses(name string, in types.ServiceConfig, f *Found) {
	for _, other := range in.GetDependencies() {
		f.lose("service %s: depends_on %s: services start on their own; deploy %s first, and let the program try again", name, other, other)
	}
	for _, v := range in.Volumes {
		switch v.Type {
		case types.VolumeTypeVolume:
			f.lose("service %s: volume %s at %s: there are no volumes yet; what a program writes is gone with its replica",
				name, v.Source, v.Target)
		default:
			f.lose("service %s: %s of %s at %s: nothing of the server is mounted", name, v.Type, v.Source, v.Target)
		}
	}
	for _, file := range in.EnvFiles {
		f.lose("service %s: env_file %s: import it with syn env set", name, file.Path)
	}
	for what, there := range map[string]bool{
		"networks": len(in.Networks) > 0, "secrets": len(in.Secrets) > 0, "configs": len(in.Configs) > 0,
		"privileged": in.Privileged, "network_mode": in.NetworkMode != "", "devices": len(in.Devices) > 0,
	} {
		if there {
			f.lose("service %s: %s", name, what)
		}
	}
}

func seconds(d types.Duration) float64 { return float64(d) / 1e9 }

// pathIn is the path of the URL in a health check such as curl -f http://localhost:3000/ready.
func pathIn(test []string) string {
	for _, word := range strings.Fields(strings.Join(test, " ")) {
		_, rest, found := strings.Cut(strings.Trim(word, `"'`), "://")
		if !found {
			continue
		}
		if _, path, found := strings.Cut(rest, "/"); found {
			return "/" + strings.TrimRight(path, `"';|`)
		}
		return "/"
	}
	return ""
}
