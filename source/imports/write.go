package imports

import (
	"encoding/json"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/syntra-dev/syntra/source"
)

// schemaLine makes editors check a syntra.yaml.
const schemaLine = "# yaml-language-server: $schema=https://github.com/syntra-dev/syntra/raw/main/docs/schema/syntra.schema.json\n"

// sections of a syntra.yaml, in the order in which they are written.
var sections = []string{"project", "service", "build", "run", "health", "rollout", "domains", "placement"}

// Write returns a syntra.yaml that says what the file does, below comments of one line each.
func Write(file source.File, comments ...string) (string, error) {
	raw, err := json.Marshal(file)
	if err != nil {
		return "", err
	}
	var said map[string]any
	if err := json.Unmarshal(raw, &said); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(schemaLine)
	for _, c := range comments {
		b.WriteString("# " + strings.ReplaceAll(c, "\n", "\n#   ") + "\n")
	}
	for _, key := range sections {
		if said[key] == nil {
			continue
		}
		text, err := yaml.Marshal(map[string]any{key: said[key]})
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	return b.String(), nil
}
