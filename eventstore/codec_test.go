package eventstore_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// noted is at its third version: text was called message at 1, and had no author before 3.
type noted struct {
	Text   string `json:"text"`
	Author string `json:"author"`
}

func (noted) EventType() string { return "note.noted" }
func (noted) EventVersion() int { return 3 }

func notes() *eventstore.Codec {
	c := eventstore.NewCodec(noted{})
	c.Upcast("note.noted", 1, func(raw json.RawMessage) (json.RawMessage, error) {
		var old struct{ Message string }
		err := json.Unmarshal(raw, &old)
		return json.RawMessage(`{"text":"` + old.Message + `"}`), err
	})
	c.Upcast("note.noted", 2, func(raw json.RawMessage) (json.RawMessage, error) {
		if strings.Contains(string(raw), "broken") {
			return nil, errors.New("cannot lift")
		}
		return json.RawMessage(strings.TrimSuffix(string(raw), "}") + `,"author":"unknown"}`), nil
	})
	return c
}

func TestOldVersionsAreLiftedToThePresentOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version int
		data    string
		want    noted
		err     string
	}{
		"the present one":                {3, `{"text":"hi","author":"ada"}`, noted{"hi", "ada"}, ""},
		"one behind":                     {2, `{"text":"hi"}`, noted{"hi", "unknown"}, ""},
		"two behind":                     {1, `{"message":"hi"}`, noted{"hi", "unknown"}, ""},
		"a newer one is not guessed at":  {7, `{"text":"hi","author":"ada"}`, noted{}, "note.noted in version 7, and this one knows version 3"},
		"one that nobody can lift":       {0, `{}`, noted{}, "no upcaster of note.noted from version 0"},
		"one whose lifting goes wrong":   {2, `{"text":"broken"}`, noted{}, "from version 2: cannot lift"},
		"what is not of the type's form": {3, `{"text":7}`, noted{}, "decode note.noted"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := notes().Decode("note.noted", c.version, json.RawMessage(c.data))
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestAnUnknownTypeIsToldApart(t *testing.T) {
	t.Parallel()
	_, err := notes().Decode("note.burnt", 1, json.RawMessage(`{}`))
	var unknown *eventstore.ErrUnknown
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "note.burnt", unknown.Type)
}

type stranger struct{}

func (stranger) EventType() string { return "note.strange" }

func TestEncodeWritesTypeVersionAndJSON(t *testing.T) {
	t.Parallel()
	name, version, data, err := notes().Encode(noted{"hi", "ada"})
	require.NoError(t, err)
	require.Equal(t, "note.noted", name)
	require.Equal(t, 3, version)
	require.JSONEq(t, `{"text":"hi","author":"ada"}`, string(data))

	_, _, _, err = notes().Encode(stranger{})
	require.ErrorContains(t, err, "note.strange is not in the catalog")
	require.Panics(t, func() { eventstore.NewCodec(noted{}, noted{}) }, "a type string means one thing")
}

func FuzzAnyTextSurvivesTheLogButNUL(f *testing.F) {
	for _, text := range []string{"", "plain", "a\x00b", `a\u0000b`, `\` + "\x00", `\\u0000`, "\u2028\"", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var e domain.Event = noted{Text: text}
		_, _, data, err := notes().Encode(e)
		require.NoError(t, err)
		back, err := notes().Decode("note.noted", 3, data)
		require.NoError(t, err)
		want := strings.ReplaceAll(strings.ToValidUTF8(text, "\x01"), "\x00", "\ufffd")
		got := strings.ToValidUTF8(back.(noted).Text, "")
		if strings.ToValidUTF8(text, "") == text {
			require.Equal(t, want, got)
		}
		require.NotContains(t, got, "\x00")
	})
}

func TestKnowsTellsWhatANewerProgramWrote(t *testing.T) {
	t.Parallel()
	c := notes()
	require.NoError(t, c.Knows("note.noted", 1))
	require.NoError(t, c.Knows("note.noted", 3))
	var unknown *eventstore.ErrUnknown
	require.ErrorAs(t, c.Knows("note.noted", 4), &unknown)
	require.ErrorContains(t, c.Knows("note.noted", 4), "this one knows version 3")
	require.ErrorAs(t, c.Knows("note.lost", 1), &unknown)
}
