package source

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// shape is what a value may look like: the one description that both the check of a syntra.yaml and its published JSON
// Schema are made of.
type shape struct {
	kind   string // object, map, list, string, integer, number
	fields map[string]*shape
	order  []string
	item   *shape   // of maps and lists
	oneOf  []string // allowed strings
	max    int      // of integers; 0 is unbounded
	doc    string
}

func fileShape() *shape {
	s := shapeOf(reflect.TypeFor[File]())
	for path, d := range fieldDocs {
		f := s
		for part := range strings.SplitSeq(path, ".") {
			if f.kind == "list" {
				f = f.item
			}
			f = f.fields[part]
		}
		f.doc, f.oneOf, f.max = d.text, d.oneOf, d.max
	}
	return s
}

func shapeOf(t reflect.Type) *shape {
	switch t.Kind() {
	case reflect.Struct:
		s := &shape{kind: "object", fields: map[string]*shape{}}
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			s.fields[name] = shapeOf(f.Type)
			s.order = append(s.order, name)
		}
		return s
	case reflect.Map:
		return &shape{kind: "map", item: shapeOf(t.Elem())}
	case reflect.Slice:
		return &shape{kind: "list", item: shapeOf(t.Elem())}
	case reflect.Int, reflect.Int64:
		return &shape{kind: "integer"}
	case reflect.Float64:
		return &shape{kind: "number"}
	case reflect.String:
		return &shape{kind: "string"}
	}
	panic("source: syntra.yaml has no form for " + t.String())
}

// lineError is "<line>: <what is wrong>".
func lineError(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%d: %s", n.Line, fmt.Sprintf(format, args...))
}

// checkNode answers the node as plain values, or what is wrong with it and on which line.
func checkNode(n *yaml.Node, s *shape, path string) (any, error) {
	if n.Kind == yaml.AliasNode {
		return nil, lineError(n, "%s is an alias (*%s): write the value out", where(path), n.Value)
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, nil // "build:" with nothing below it
	}
	switch s.kind {
	case "object", "map":
		return checkMapping(n, s, path)
	case "list":
		if n.Kind != yaml.SequenceNode {
			return nil, lineError(n, "%s must be a list", where(path))
		}
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			v, err := checkNode(c, s.item, fmt.Sprintf("%s[%d]", path, i))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	if n.Kind != yaml.ScalarNode {
		return nil, lineError(n, "%s must be a %s", where(path), s.kind)
	}
	return checkScalar(n, s, path)
}

func checkMapping(n *yaml.Node, s *shape, path string) (any, error) {
	if n.Kind != yaml.MappingNode {
		return nil, lineError(n, "%s must be a mapping of keys to values", where(path))
	}
	out := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := strings.TrimPrefix(path+"."+key.Value, ".")
		item := s.item
		if s.kind == "object" {
			if item = s.fields[key.Value]; item == nil {
				return nil, lineError(key, "unknown key %q%s", name, suggestion(key.Value, s.order))
			}
		}
		if _, twice := out[key.Value]; twice {
			return nil, lineError(key, "%s is there twice", name)
		}
		v, err := checkNode(value, item, name)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[key.Value] = v
		}
	}
	return out, nil
}

func checkScalar(n *yaml.Node, s *shape, path string) (any, error) {
	switch s.kind {
	case "integer":
		v, err := strconv.Atoi(n.Value)
		if err != nil || n.Tag != "!!int" || v < 0 {
			return nil, lineError(n, "%s must be a whole number of 0 or more, not %q", path, n.Value)
		}
		if s.max > 0 && v > s.max {
			return nil, lineError(n, "%s must be at most %d, not %d", path, s.max, v)
		}
		return v, nil
	case "number":
		v, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || (n.Tag != "!!int" && n.Tag != "!!float") || v < 0 || v > 1e6 || v != v {
			return nil, lineError(n, "%s must be a number of 0 or more, not %q", path, n.Value)
		}
		return v, nil
	}
	// A list item or a map value such as a build argument may look like a number or a truth value; it means its text.
	if len(s.oneOf) > 0 && !slices.Contains(s.oneOf, n.Value) {
		return nil, lineError(n, "%s must be one of %s, not %q", path, strings.Join(s.oneOf, ", "), n.Value)
	}
	return n.Value, nil
}

func where(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// suggestion names the known key that is nearest to a misspelt one.
func suggestion(key string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(key, k); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %q?", best)
	}
	return ": known are " + strings.Join(known, ", ")
}

// distance is Levenshtein's.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := min(row[j+1]+1, row[j]+1, diagonal)
			if a[i] != b[j] {
				next = min(row[j+1]+1, row[j]+1, diagonal+1)
			}
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
