// Package mask hides secret values in text. Whoever hides anything in the agent does it here.
package mask

import (
	"cmp"
	"slices"
	"strings"
)

// The shortest values that are hidden, in bytes: hiding every "1" or "on" would make a text unreadable. What was given as a
// secret is hidden from Secrets on; of a service's variables most are none.
const (
	Secrets   = 4
	Variables = 6
)

// hidden stands where a value was.
const hidden = "••••••"

// Mask hides values. The zero value hides none. It is safe for concurrent use.
type Mask struct{ values []string }

// Of returns a mask of the values, and of each of their lines: a key of many lines is printed line by line. What is
// shorter than from stays.
func Of(values map[string]string, from int) *Mask {
	m := &Mask{}
	for _, v := range values {
		for _, part := range append([]string{v}, strings.Split(v, "\n")...) {
			if part = strings.TrimSpace(part); len(part) >= from {
				m.values = append(m.values, part)
			}
		}
	}
	slices.Sort(m.values)
	m.values = slices.Compact(m.values)
	return m
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// Hide returns the text without the values. Where values overlap or one is part of another, all that belongs to any of them
// is hidden.
func (m *Mask) Hide(text string) string {
	spans := m.find(text)
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for i := 0; i < len(spans); {
		run := spans[i]
		for i++; i < len(spans) && spans[i].from < run.to; i++ {
			run.to = max(run.to, spans[i].to)
		}
		b.WriteString(text[at:run.from])
		b.WriteString(hidden)
		at = run.to
	}
	b.WriteString(text[at:])
	return b.String()
}

// find returns where any of the values is, by where they begin.
func (m *Mask) find(text string) []span {
	var spans []span
	for _, v := range m.values {
		for at := 0; ; {
			i := strings.Index(text[at:], v)
			if i < 0 {
				break
			}
			spans = append(spans, span{at + i, at + i + len(v)})
			at += i + 1 // the next one may overlap this one
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return spans
}
