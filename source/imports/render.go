package imports

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// render is what is read of a render.yaml.
type render struct {
	Services []struct {
		Type         string   `yaml:"type"`
		Name         string   `yaml:"name"`
		RootDir      string   `yaml:"rootDir"`
		Build        string   `yaml:"buildCommand"`
		Start        string   `yaml:"startCommand"`
		PreDeploy    string   `yaml:"preDeployCommand"`
		Dockerfile   string   `yaml:"dockerfilePath"`
		HealthPath   string   `yaml:"healthCheckPath"`
		Instances    int      `yaml:"numInstances"`
		Publish      string   `yaml:"staticPublishPath"`
		Domains      []string `yaml:"domains"`
		ShutdownWait int      `yaml:"maxShutdownDelaySeconds"`
		Disk         any      `yaml:"disk"`
		Scaling      any      `yaml:"scaling"`
		Env          []struct {
			Key   string `yaml:"key"`
			Value any    `yaml:"value"`
			Group string `yaml:"fromGroup"`
		} `yaml:"envVars"`
	} `yaml:"services"`
	Databases []struct {
		Name string `yaml:"name"`
	} `yaml:"databases"`
}

func readRender(raw []byte, f *Found) error {
	var in render
	if err := yaml.Unmarshal(raw, &in); err != nil {
		return err
	}
	for _, r := range in.Services {
		if r.Type != "web" && r.Type != "pserv" && r.Type != "static" {
			f.lose("service %s of type %s: only what answers requests can be deployed yet", r.Name, r.Type)
			continue
		}
		s := Service{Directory: strings.Trim(strings.TrimPrefix(r.RootDir, "./"), "/")}
		s.Config.Service = r.Name
		s.Config.Build.Command, s.Config.Run.Command = r.Build, r.Start
		s.Config.Build.Dockerfile = strings.TrimPrefix(r.Dockerfile, "./")
		s.Config.Health.Path, s.Config.Run.Replicas, s.Config.Domains = r.HealthPath, r.Instances, r.Domains
		s.Config.Run.StopGraceSeconds = r.ShutdownWait
		for _, e := range r.Env {
			if e.Key == "" {
				f.lose("service %s: the variables of group %s: set them with syn env set", r.Name, e.Group)
				continue
			}
			s.variable(e.Key, text(e.Value))
		}
		if r.Publish != "" {
			f.lose("service %s: staticPublishPath %s: write a Staticfile with root: %s", r.Name, r.Publish, r.Publish)
		}
		if r.PreDeploy != "" {
			f.lose("service %s: preDeployCommand (%s): run it with syn exec after the deployment", r.Name, r.PreDeploy)
		}
		if r.Disk != nil {
			f.lose("service %s: disk: there are no volumes yet", r.Name)
		}
		if r.Scaling != nil {
			f.lose("service %s: scaling: the number of replicas is fixed (run.replicas)", r.Name)
		}
		f.Services = append(f.Services, s)
	}
	for _, d := range in.Databases {
		f.lose("database %s: bring your own, and set its URL with syn env set", d.Name)
	}
	return nil
}
