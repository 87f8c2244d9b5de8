package imports

import "encoding/json"

// railway is what is read of a railway.json.
type railway struct {
	Build struct {
		Command    string `json:"buildCommand"`
		Dockerfile string `json:"dockerfilePath"`
		Watch      any    `json:"watchPatterns"`
	} `json:"build"`
	Deploy struct {
		Start    string `json:"startCommand"`
		Path     string `json:"healthcheckPath"`
		Timeout  int    `json:"healthcheckTimeout"`
		Replicas int    `json:"numReplicas"`
		Draining int    `json:"drainingSeconds"`
		Pre      any    `json:"preDeployCommand"`
		Cron     string `json:"cronSchedule"`
		Restart  string `json:"restartPolicyType"`
	} `json:"deploy"`
}

func readRailway(raw []byte, f *Found) error {
	var in railway
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	var s Service
	s.Config.Build.Command, s.Config.Build.Dockerfile = in.Build.Command, in.Build.Dockerfile
	s.Config.Run.Command, s.Config.Run.Replicas = in.Deploy.Start, in.Deploy.Replicas
	s.Config.Run.StopGraceSeconds = in.Deploy.Draining
	s.Config.Health.Path, s.Config.Health.DeadlineSeconds = in.Deploy.Path, in.Deploy.Timeout
	if in.Deploy.Pre != nil {
		f.lose("deploy.preDeployCommand (%s): run it with syn exec after the deployment", text(in.Deploy.Pre))
	}
	if in.Deploy.Cron != "" {
		f.lose("deploy.cronSchedule: nothing runs by schedule yet")
	}
	if in.Build.Watch != nil {
		f.lose("build.watchPatterns: every deployment builds")
	}
	if in.Deploy.Restart == "NEVER" || in.Deploy.Restart == "ON_FAILURE" {
		f.lose("deploy.restartPolicyType: a replica that ends is always started again")
	}
	f.Services = []Service{s}
	return nil
}
