package telemetry

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/syntra-dev/syntra/domain"
)

// ReservedSource begins the sources of what the platform itself remarks, gaps above all. Agents may not use it.
const ReservedSource = "syntra/"

const (
	cutMark  = "…[cut]"
	maxField = 256
	// Timestamps further from the clock than this are taken for a wrong clock and replaced by the time of arrival. Agents
	// deliver what they buffered while the platform was away, so the past is wide.
	maxPast   = 14 * 24 * time.Hour
	maxFuture = 10 * time.Minute
)

// Clean makes a record of an agent safe to keep: an absurd time becomes now, a body longer than MaxBody is cut, invalid
// UTF-8 is replaced and an empty stream is Stdout. The error is a domain.Error (Invalid): the record has no identity or
// no owner.
func (r Record) Clean(now time.Time) (Record, error) {
	switch {
	case r.Organization == "":
		return r, domain.Errorf(domain.Invalid, "a log record names no organization")
	case r.Source == "":
		return r, domain.Errorf(domain.Invalid, "a log record names no source")
	case strings.HasPrefix(r.Source, ReservedSource):
		return r, domain.Errorf(domain.Invalid, "a log record's source begins with %q, which is kept for the platform's own remarks", ReservedSource)
	}
	for _, field := range []*string{&r.Organization, &r.Project, &r.Service, &r.Deployment, &r.Release, &r.Server, &r.Replica, &r.Source, (*string)(&r.Stream)} {
		if len(*field) > maxField {
			return r, domain.Errorf(domain.Invalid, "a log record has an id longer than %d bytes", maxField)
		}
		*field = valid(*field)
	}
	if r.At.Before(now.Add(-maxPast)) || r.At.After(now.Add(maxFuture)) {
		r.At = now
	}
	r.At = r.At.UTC()
	if r.Stream == "" {
		r.Stream = Stdout
	}
	r.Body = cut(valid(strings.TrimRight(r.Body, "\r\n")))
	return r, nil
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func cut(body string) string {
	if len(body) <= MaxBody {
		return body
	}
	end := MaxBody - len(cutMark)
	for end > 0 && !utf8.RuneStart(body[end]) {
		end--
	}
	return body[:end] + cutMark
}
