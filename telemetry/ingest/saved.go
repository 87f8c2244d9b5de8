package ingest

import "encoding/json"

// saved is how sources are kept beside the spool's progress.
type saved struct {
	Organization string  `json:"organization"`
	Source       string  `json:"source"`
	State        *source `json:"state"`
}

func (s *sources) MarshalJSON() ([]byte, error) {
	all := []saved{}
	for id, src := range s.known {
		all = append(all, saved{id.organization, id.source, src})
	}
	return json.Marshal(all)
}

func (s *sources) UnmarshalJSON(b []byte) error {
	var all []saved
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	s.known = map[sourceID]*source{}
	for _, one := range all {
		if one.State == nil {
			continue
		}
		if one.State.Services == nil {
			one.State.Services = map[string]*carried{}
		}
		s.known[sourceID{one.Organization, one.Source}] = one.State
	}
	return nil
}
