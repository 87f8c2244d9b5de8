package docker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Logs follows a replica's output over its restarts. It ends with nil when the replica has ended (or was removed) and all
// of its output is told. since is the time of the last line already seen, or zero for all there is.
//
// The engine tells nothing of lines that its rotation dropped. When the line at since is not there any more, one Lost line
// says so; how many there were is not known.
func (r *Runtime) Logs(ctx context.Context, name string, since time.Time, emit func(runtime.Line)) error {
	f := &follower{since: since, emit: emit}
	for first := true; ; first = false {
		api, err := r.engine()
		if err != nil {
			return err
		}
		c, err := r.find(ctx, api, name)
		if errors.Is(err, runtime.ErrNotFound) && !first {
			return nil
		}
		if err != nil {
			return err
		}
		if first {
			if err := r.tellRotated(ctx, api, c, f); err != nil {
				return err
			}
		}
		// A following stream also ends when the container restarts, when it stops and when the engine does: what the
		// container is, asked before reading, tells which. Of one that had ended, all is read by then.
		live := c.State.Running || c.State.Restarting
		if err := r.stream(ctx, api, c.ID, live, f); err != nil {
			return err
		}
		if !live {
			f.flush()
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (r *Runtime) stream(ctx context.Context, api *client.Client, id string, follow bool, f *follower) error {
	options := container.LogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: follow}
	if !f.since.IsZero() {
		options.Since = fmt.Sprintf("%d.%09d", f.since.Unix(), f.since.Nanosecond())
	}
	body, err := api.ContainerLogs(ctx, id, options)
	if err != nil {
		return r.wrap(err, "logs of %.12s", id)
	}
	defer body.Close()
	err = f.read(body)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return nil
	}
	return r.wrap(err, "logs of %.12s", id)
}

// tellRotated compares the oldest line that the engine has with the last one that was seen.
func (r *Runtime) tellRotated(ctx context.Context, api *client.Client, c container.InspectResponse, f *follower) error {
	made, err := time.Parse(time.RFC3339Nano, c.Created)
	if err != nil || !f.since.After(made) {
		return nil
	}
	body, err := api.ContainerLogs(ctx, c.ID, container.LogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true})
	if err != nil {
		return r.wrap(err, "logs of %s", c.Name)
	}
	defer body.Close()
	_, payload, err := readFrame(body)
	if err != nil {
		return nil // empty, which is no news
	}
	if at, _, ok := splitTime(payload); ok && at.After(f.since.Add(time.Millisecond)) && startedAt(c).Before(f.since) {
		f.emit(runtime.Line{At: at.Add(-1), Lost: 1})
	}
	return nil
}

// follower puts the engine's frames together to lines. Lines are told in the order in which the engine has them; their
// times never go back, also where the host's clock does.
type follower struct {
	since time.Time // of the last line that was emitted
	// told counts the lines that were emitted with that time. An engine that is asked for what comes since then begins
	// with the first line of that time, whatever the times of those behind it.
	told int
	emit func(runtime.Line)
	half [2]half
	skip int // lines of the stream that were told before
}

// enginePiece is where the engine cuts lines. The last piece of a cut line is shorter; the "local" driver, unlike
// "json-file", does not end it with a line end.
const enginePiece = 16 << 10

// half is a line whose end has not come.
type half struct {
	at   time.Time
	text []byte
}

func (f *follower) read(body io.Reader) error {
	// A stream that broke off within a line begins that line anew.
	f.half = [2]half{}
	f.skip = f.told
	floor, begun := f.since, f.told > 0
	for {
		stream, payload, err := readFrame(body)
		if err != nil {
			return err
		}
		at, text, ok := splitTime(payload)
		if !ok {
			return fmt.Errorf("the engine's log has a line without a time: %.60q", payload)
		}
		if !begun && !at.After(floor) {
			continue // the engine answers from since on, including it
		}
		begun = true // from here on a line of an earlier time is one that was printed after the clock went back
		if at.After(floor) {
			f.skip = 0
		}
		h := &f.half[stream]
		if len(h.text) == 0 {
			h.at = at
		}
		text, ended := bytes.CutSuffix(text, []byte("\n"))
		h.text = append(h.text, text...)
		if ended || len(text) < enginePiece || len(h.text) >= runtime.MaxLine {
			f.tell(stream)
		}
	}
}

func (f *follower) tell(stream int) {
	h := &f.half[stream]
	if f.skip > 0 {
		f.skip--
		h.text = h.text[:0]
		return
	}
	// Two streams are stamped side by side, so their times may cross by microseconds.
	if h.at.After(f.since) {
		f.since, f.told = h.at, 0
	}
	f.told++
	f.emit(runtime.Line{At: f.since, Stderr: stream == 1, Text: string(bytes.TrimSuffix(h.text, []byte("\r")))})
	h.text = h.text[:0]
}

func (f *follower) flush() {
	for stream := range f.half {
		if len(f.half[stream].text) > 0 {
			f.tell(stream)
		}
	}
}

// readFrame reads one frame of a log or exec stream: a byte that names the stream, three of nothing, the length, and the
// payload. It answers 0 for stdout and 1 for stderr.
func readFrame(r io.Reader) (stream int, payload []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[4:])
	if size > 16<<20 || head[0] > 3 {
		return 0, nil, errors.New("the engine's stream is malformed")
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	if head[0] == 3 {
		return 0, nil, fmt.Errorf("the engine: %s", bytes.TrimSpace(payload))
	}
	if head[0] == 2 {
		stream = 1
	}
	return stream, payload, nil
}

func splitTime(payload []byte) (time.Time, []byte, bool) {
	stamp, text, ok := bytes.Cut(payload, []byte(" "))
	if !ok {
		return time.Time{}, nil, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	return at, text, err == nil
}
