package main

import (
	"strings"
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
)

// breakdown tells how long each part of deployments took, from the times that they themselves recorded.
func breakdown(title string, all []deployed, more [][2]string) section {
	var order []string
	parts := map[string]spread{}
	add := func(name string, from, to time.Time) {
		if _, ok := parts[name]; !ok {
			order = append(order, name)
		}
		parts[name] = append(parts[name], millis(to.Sub(from)))
	}
	for _, d := range all {
		add("the request (packing, upload)", d.began, d.RequestedAt)
		last := d.RequestedAt
		if d.StartedAt != nil {
			add("until the workflow has it", last, *d.StartedAt)
			last = *d.StartedAt
		}
		for _, s := range d.Steps {
			if s.StartedAt == nil || s.EndedAt == nil {
				continue
			}
			add("between the steps until "+s.ID, last, *s.StartedAt)
			add("step "+s.ID, *s.StartedAt, *s.EndedAt)
			last = *s.EndedAt
			if s.Kind == deployment.Shift {
				add("first 200 after the beginning of shift", *s.StartedAt, d.answered)
			}
		}
		if d.EndedAt != nil {
			add("between the last step and the end", last, *d.EndedAt)
		}
		add("first 200 after the request", d.RequestedAt, d.answered)
	}
	s := section{title: title, text: "Medians, from the deployments' own timestamps; what lies between two steps and takes less than a millisecond is left out.", head: []string{"part", "median"}}
	for _, name := range order {
		if strings.HasPrefix(name, "between") && parts[name].median() < 1 {
			continue
		}
		s.rows = append(s.rows, []string{name, parts[name].ms()})
	}
	for _, m := range more {
		s.rows = append(s.rows, m[:])
	}
	return s
}
