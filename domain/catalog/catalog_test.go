package catalog_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/eventstore"
)

// update writes the files of new events and of added fields. It never takes a field away: that needs a new version.
var update = flag.Bool("update", false, "write testdata for new events and new fields")

func golden(name string, version int) string {
	return filepath.Join("testdata", fmt.Sprintf("%s.v%d.json", name, version))
}

func TestTheFormOfEveryEventIsKept(t *testing.T) {
	t.Parallel()
	for _, prototype := range catalog.Events() {
		t.Run(prototype.EventType(), func(t *testing.T) {
			path := golden(prototype.EventType(), domain.VersionOf(prototype))
			now, err := json.MarshalIndent(sample(prototype), "", "  ")
			require.NoError(t, err)
			now = append(now, '\n')
			kept, err := os.ReadFile(path)
			if *update && !bytes.Equal(kept, now) {
				require.Empty(t, lost(t, kept, now), "%s is in logs already: raise the version and write an upcaster", path)
				require.NoError(t, os.WriteFile(path, now, 0o600))
				return
			}
			require.NoError(t, err, "a new event: go test ./domain/catalog -update")
			require.Equal(t, string(kept), string(now), "the JSON of an event in people's logs has changed: raise its version and write an upcaster, or, for an added optional field, run with -update")
		})
	}
}

func TestEveryVersionEverWrittenIsStillRead(t *testing.T) {
	t.Parallel()
	codec := eventstore.NewCodec(catalog.Events()...)
	present := map[string]domain.Event{}
	for _, e := range catalog.Events() {
		present[e.EventType()] = e
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	name := regexp.MustCompile(`^(.+)\.v(\d+)\.json$`)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			parts := name.FindStringSubmatch(filepath.Base(file))
			require.NotNil(t, parts, "testdata files are <type>.v<version>.json")
			version, err := strconv.Atoi(parts[2])
			require.NoError(t, err)
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			e, err := codec.Decode(parts[1], version, raw)
			require.NoError(t, err, "an event that stands in logs cannot be read any more")
			require.Equal(t, parts[1], e.EventType())
			if version == domain.VersionOf(present[parts[1]]) {
				require.Equal(t, sample(present[parts[1]]), e, "nothing is lost on the way through the log")
			}
		})
	}
}

func TestTypesAreStablePastTenseNames(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)*$`)
	for _, e := range catalog.Events() {
		require.Regexp(t, form, e.EventType())
		require.Equal(t, reflect.Struct, reflect.TypeOf(e).Kind(), "%s is a value: the codec decodes values", e.EventType())
		checkTags(t, e.EventType(), reflect.TypeOf(e))
	}
}

// checkTags: a field without a JSON name would change its name in the log when it is renamed in Go.
func checkTags(t *testing.T, event string, of reflect.Type) {
	for f := range fields(of) {
		require.NotEmpty(t, strings.Split(f.Tag.Get("json"), ",")[0], "%s.%s needs a JSON name", event, f.Name)
		if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]() {
			checkTags(t, event, f.Type)
		}
	}
}

func fields(of reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range of.NumField() {
			if !yield(of.Field(i)) {
				return
			}
		}
	}
}

// sample is an event with every field set to something that depends on its name only.
func sample(prototype domain.Event) domain.Event {
	v := reflect.New(reflect.TypeOf(prototype)).Elem()
	fill(v, "value")
	return v.Interface().(domain.Event)
}

func fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.ToLower(name))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(len(name)))
	case reflect.Float64:
		v.SetFloat(float64(len(name)) + 0.5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, "KEY")
		fill(value, name)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name)
		}
	default:
		panic("catalog_test: no sample of " + v.Type().String())
	}
}

// lost names the fields of the kept JSON that are not in the new one, or have another value there.
func lost(t *testing.T, kept, now []byte) (out []string) {
	if len(kept) == 0 {
		return nil
	}
	var before, after any
	require.NoError(t, json.Unmarshal(kept, &before))
	require.NoError(t, json.Unmarshal(now, &after))
	return missing("", before, after)
}

func missing(at string, before, after any) (out []string) {
	b, isObject := before.(map[string]any)
	a, stillObject := after.(map[string]any)
	if !isObject || !stillObject {
		if !reflect.DeepEqual(before, after) {
			out = append(out, at)
		}
		return out
	}
	for key, value := range b {
		out = append(out, missing(at+"."+key, value, a[key])...)
	}
	return out
}
