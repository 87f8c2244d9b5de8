package source

import (
	"bytes"
	"encoding/json"
)

// SchemaID is where the JSON Schema of syntra.yaml is published.
const SchemaID = "https://github.com/syntra-dev/syntra/raw/main/docs/schema/syntra.schema.json"

// Schema is the JSON Schema (2020-12) of a syntra.yaml, made of the same description that Config checks by. It is kept
// at docs/schema/syntra.schema.json.
func Schema() ([]byte, error) {
	root := schemaOf(fileShape())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = SchemaID
	root["title"] = "syntra.yaml"
	root["description"] = "What a source says about its service. Every key is optional and wins over the service's settings."
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(root)
	return b.Bytes(), err
}

func schemaOf(s *shape) map[string]any {
	m := map[string]any{}
	if s.doc != "" {
		m["description"] = s.doc
	}
	// A key with nothing behind it means its default.
	types := func(t string) []string { return []string{t, "null"} }
	switch s.kind {
	case "object":
		m["type"] = types("object")
		properties := map[string]any{}
		for name, field := range s.fields {
			properties[name] = schemaOf(field)
		}
		m["properties"], m["additionalProperties"] = properties, false
	case "map":
		m["type"], m["additionalProperties"] = types("object"), schemaOf(s.item)
	case "list":
		m["type"], m["items"] = types("array"), schemaOf(s.item)
	case "integer":
		m["type"], m["minimum"] = types("integer"), 0
		if s.max > 0 {
			m["maximum"] = s.max
		}
	case "number":
		m["type"], m["minimum"] = types("number"), 0
	default:
		m["type"] = types("string")
		if len(s.oneOf) > 0 {
			values := []any{}
			for _, v := range s.oneOf {
				values = append(values, v)
			}
			m["enum"] = append(values, nil)
		} else {
			// YAML reads 8080 and true as what they look like; where a text is wanted they mean their text.
			m["type"] = []string{"string", "number", "boolean", "null"}
		}
	}
	return m
}
