package imports

import "encoding/json"

// heroku is what is read of an app.json.
type heroku struct {
	Name      string                     `json:"name"`
	Env       map[string]json.RawMessage `json:"env"`
	Formation map[string]struct {
		Quantity int `json:"quantity"`
	} `json:"formation"`
	Addons     []json.RawMessage `json:"addons"`
	Buildpacks []json.RawMessage `json:"buildpacks"`
	Scripts    map[string]string `json:"scripts"`
}

func readHeroku(raw []byte, f *Found) error {
	var in heroku
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	var s Service
	s.Config.Service = in.Name
	for name, said := range in.Env {
		var value string
		var long struct {
			Value string `json:"value"`
		}
		if json.Unmarshal(said, &value) != nil {
			_ = json.Unmarshal(said, &long) // neither form: a variable without a value
			value = long.Value
		}
		s.variable(name, value)
	}
	for process, formation := range in.Formation {
		if process == "web" {
			s.Config.Run.Replicas = formation.Quantity
		} else {
			f.lose("formation.%s: make it a service of its own", process)
		}
	}
	for _, addon := range in.Addons {
		f.lose("addon %s: bring your own, and set its URL with syn env set", addon)
	}
	if len(in.Buildpacks) > 0 {
		f.lose("buildpacks: Syntra finds out itself how to build; for another way add a Dockerfile")
	}
	for name, command := range in.Scripts {
		f.lose("scripts.%s (%s): run it with syn exec", name, command)
	}
	f.Services = []Service{s}
	return nil
}
