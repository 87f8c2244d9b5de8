package docker

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// printed is a line as an engine has it: what the host's clock said, in seconds, and the text.
type printed struct {
	at   int
	text string
}

func second(n int) time.Time { return time.Unix(1_700_000_000+int64(n), 0).UTC() }

// engineLog answers as an engine does that is asked for what comes since a time: from the first line of that time on, all
// that follows, whatever its time.
func engineLog(all []printed, since time.Time) io.Reader {
	var b bytes.Buffer
	begun := false
	for _, p := range all {
		if begun = begun || !second(p.at).Before(since); !begun {
			continue
		}
		payload := second(p.at).Format(time.RFC3339Nano) + " " + p.text + "\n"
		head := [8]byte{1}
		binary.BigEndian.PutUint32(head[4:], uint32(len(payload)))
		b.Write(head[:])
		b.WriteString(payload)
	}
	return &b
}

func TestFollower_losesAndDoublesNothingWhereTheClockGoesBack(t *testing.T) {
	t.Parallel()
	log := []printed{{10, "a"}, {11, "b"}, {5, "c"}, {6, "d"}, {6, "e"}, {12, "f"}, {12, "g"}, {7, "h"}, {30, "i"}}
	for name, breaks := range map[string][]int{
		"in one stream":                  nil,
		"with a break after each line":   {1, 2, 3, 4, 5, 6, 7, 8},
		"with a break after a step back": {3, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got string
			var last time.Time
			f := &follower{emit: func(l runtime.Line) {
				require.False(t, l.At.Before(last), "times never go back")
				got, last = got+l.Text, l.At
			}}
			for _, n := range append(breaks, len(log)) {
				require.ErrorIs(t, f.read(engineLog(log[:n], f.since)), io.EOF)
			}
			require.Equal(t, "abcdefghi", got)
		})
	}
}

// An engine of before version 24 leaves out every line of an earlier time: what it does not have cannot be skipped.
func TestFollower_skipsNothingNewOfAnOlderEngine(t *testing.T) {
	t.Parallel()
	var got string
	f := &follower{emit: func(l runtime.Line) { got += l.Text }}
	require.ErrorIs(t, f.read(engineLog([]printed{{10, "a"}, {9, "b"}}, f.since)), io.EOF)
	require.ErrorIs(t, f.read(engineLog([]printed{{10, "a"}, {11, "c"}}, f.since)), io.EOF)
	require.Equal(t, "abc", got)
}
