package api

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed fields.txt
var fieldTexts string

// describeFields adds what the domain's types cannot say themselves. It panics on a line about nothing: that is a mistake
// in the program.
func describeFields(schemas map[string]*huma.Schema) {
	var about []*huma.Schema
	for line := range strings.Lines(fieldTexts) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			about = nil
			for _, name := range strings.Fields(strings.Trim(line, "[]")) {
				if schemas[name] == nil {
					panic("api: fields.txt describes the shape " + name + ", which is not there")
				}
				about = append(about, schemas[name])
			}
		default:
			describeField(about, line)
		}
	}
}

func describeField(about []*huma.Schema, line string) {
	field, text, _ := strings.Cut(line, ": ")
	field, values, listed := strings.Cut(field, " (")
	used := false
	for _, s := range about {
		p := s.Properties[field]
		if p == nil {
			continue
		}
		used = true
		if p.Description == "" {
			p.Description = text
		}
		if listed && len(p.Enum) == 0 {
			for v := range strings.SplitSeq(strings.TrimSuffix(values, ")"), "|") {
				p.Enum = append(p.Enum, v)
			}
		}
	}
	if !used {
		panic(fmt.Sprintf("api: fields.txt describes the field %q, which is not there", line))
	}
}
