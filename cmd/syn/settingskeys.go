package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// settings are a service's, as JSON has them. Those that are at their defaults are left out.
type settings map[string]any

func settingsOf(svc syntra.Service) (settings, error) {
	raw, err := json.Marshal(svc.Config)
	if err != nil {
		return nil, err
	}
	all := settings{}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	prune(all)
	return all, nil
}

// prune takes away what says nothing: empty texts, nulls, and groups with nothing else.
func prune(group map[string]any) {
	maps.DeleteFunc(group, func(_ string, value any) bool {
		if inner, is := value.(map[string]any); is {
			prune(inner)
			return len(inner) == 0
		}
		return value == nil || value == ""
	})
}

// kinds are the keys of all settings, such as run.port, with the types of their values.
var kinds = keysOf(reflect.TypeFor[syntra.ServiceConfig](), "")

func keysOf(t reflect.Type, prefix string) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		value := f.Type
		if value.Kind() == reflect.Pointer {
			value = value.Elem()
		}
		if value.Kind() == reflect.Struct {
			maps.Copy(keys, keysOf(value, prefix+name+"."))
		} else {
			keys[prefix+name] = value
		}
	}
	return keys
}

// kindOf returns the type of a key's value. A key below a map, such as build.args.NAME, is a string.
func kindOf(key string) (reflect.Type, error) {
	if kind, known := kinds[key]; known {
		return kind, nil
	}
	for parent, kind := range kinds {
		if kind.Kind() == reflect.Map && strings.HasPrefix(key, parent+".") {
			return kind.Elem(), nil
		}
	}
	return nil, usageError{fmt.Errorf("there is no setting %q: there are %s",
		key, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))}
}

// get returns a setting's value, or a group of settings; "" where it is at its default.
func (s settings) get(key string) (any, error) {
	isGroup := func(known string) bool { return strings.HasPrefix(known, key+".") }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(kinds)), isGroup) {
		if _, err := kindOf(key); err != nil {
			return nil, err
		}
	}
	group, name := s.group(key)
	if value, has := group[name]; has {
		return value, nil
	}
	return "", nil
}

// set gives a setting the value that a person typed.
func (s settings) set(key, typed string) error {
	kind, err := kindOf(key)
	if err != nil {
		return err
	}
	value, err := parseSetting(kind, typed)
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", key, err)}
	}
	group, name := s.group(key)
	group[name] = value
	return nil
}

func (s settings) unset(key string) error {
	if _, err := kindOf(key); err != nil {
		return err
	}
	group, name := s.group(key)
	delete(group, name)
	return nil
}

// group returns the map that holds a key, made where it was not there.
func (s settings) group(key string) (group map[string]any, name string) {
	group = s
	for {
		first, rest, more := strings.Cut(key, ".")
		if !more {
			return group, key
		}
		inner, is := group[first].(map[string]any)
		if !is {
			inner = map[string]any{}
			group[first] = inner
		}
		group, key = inner, rest
	}
}

func parseSetting(kind reflect.Type, typed string) (any, error) {
	switch kind.Kind() {
	case reflect.Int64:
		n, err := strconv.ParseInt(typed, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", typed)
		}
		return n, nil
	case reflect.Float64:
		n, err := strconv.ParseFloat(typed, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number", typed)
		}
		return n, nil
	case reflect.Bool:
		is, err := strconv.ParseBool(typed)
		if err != nil {
			return nil, fmt.Errorf("%q is not true or false", typed)
		}
		return is, nil
	case reflect.Slice:
		list := []string{}
		for _, part := range strings.Split(typed, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return list, nil
	case reflect.Map:
		return nil, fmt.Errorf("set one of its names at a time, such as build.args.NAME=value")
	}
	return typed, nil
}
