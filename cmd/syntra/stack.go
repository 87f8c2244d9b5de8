package main

import "net/url"

// stack is a pile of things to stop in the reverse order of their start.
type stack struct{ stops []func() }

func (s *stack) push(stop func()) { s.stops = append(s.stops, stop) }

func (s *stack) unwind() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	s.stops = nil
}

// withoutPassword is a URL fit to be shown.
func withoutPassword(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Redacted()
}
