// Package mask hides secret values in text.
package mask

import "strings"

// from is the shortest value that is hidden: hiding every "1" or "on" would make the text unreadable.
const from = 6

// Mask hides values. It is safe for concurrent use.
type Mask struct{ replacer *strings.Replacer }

// Of returns a mask of the values, and of each of their lines.
func Of(values map[string]string) *Mask {
	var pairs []string
	for _, v := range values {
		for _, part := range append([]string{v}, strings.Split(v, "\n")...) {
			if part = strings.TrimSpace(part); len(part) >= from {
				pairs = append(pairs, part, "••••••")
			}
		}
	}
	return &Mask{strings.NewReplacer(pairs...)}
}

// Hide returns the text without the values.
func (m *Mask) Hide(text string) string { return m.replacer.Replace(text) }
