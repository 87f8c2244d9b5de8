package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	controlapi "github.com/moby/buildkit/api/services/control"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// message is one of the build's answers: BuildKit's trace, the image's id, or the error that ended it.
type message struct {
	ID          string          `json:"id"`
	Aux         json.RawMessage `json:"aux"`
	Error       string          `json:"error"`
	ErrorDetail struct {
		Message string `json:"message"`
	} `json:"errorDetail"`
}

// engineTrouble are signs that a build did not fail by its source's fault.
var engineTrouble = []string{"code = Unavailable", "no space left on device", "context canceled", "database not open"}

// errRaced is the engine tripping over itself: an image of the same content was removed while this one was exported.
var errRaced = errors.New("the Docker engine lost an image that was being removed")

// readProgress prints a build as it goes and answers the image's id.
func readProgress(body io.Reader, log *runtime.BuildLog) (string, error) {
	dec := json.NewDecoder(body)
	p := progress{log: log, begun: map[string]bool{}, lines: map[string]*runtime.Lines{}}
	defer p.flush()
	id := ""
	for {
		var m message
		if err := dec.Decode(&m); err != nil {
			if errors.Is(err, io.EOF) && id != "" {
				return id, nil
			}
			return "", fmt.Errorf("the build's answer broke off: %w", err)
		}
		if m.Error != "" {
			p.flush()
			return "", failure(m, log)
		}
		switch m.ID {
		case "moby.image.id":
			var result struct{ ID string }
			if err := json.Unmarshal(m.Aux, &result); err != nil {
				return "", fmt.Errorf("read the image's id: %w", err)
			}
			id = result.ID
		case "moby.buildkit.trace":
			var raw []byte
			var status controlapi.StatusResponse
			if err := json.Unmarshal(m.Aux, &raw); err != nil {
				return "", fmt.Errorf("read the build's progress: %w", err)
			}
			if err := status.UnmarshalVT(raw); err != nil {
				return "", fmt.Errorf("read the build's progress: %w", err)
			}
			p.show(&status)
		}
	}
}

func failure(m message, log *runtime.BuildLog) error {
	text := m.ErrorDetail.Message
	if text == "" {
		text = m.Error
	}
	if strings.Contains(text, "failed to get digest") {
		return fmt.Errorf("%w: %s", errRaced, text)
	}
	for _, sign := range engineTrouble {
		if strings.Contains(text, sign) {
			return fmt.Errorf("the Docker engine could not build: %s", log.Mask(text))
		}
	}
	log.Printf("ERROR: %s", text)
	return &runtime.Error{Code: runtime.CodeBuildFailed, Message: fmt.Sprintf("the Docker build failed: %s\n%s", log.Mask(text), log.Tail())}
}

// progress prints each step once it begins, and what it writes.
type progress struct {
	log   *runtime.BuildLog
	begun map[string]bool
	lines map[string]*runtime.Lines // by step: their output comes interleaved
}

func (p *progress) show(s *controlapi.StatusResponse) {
	for _, v := range s.Vertexes {
		if strings.HasPrefix(v.Name, "[internal]") {
			continue
		}
		switch {
		case v.Cached && !p.begun[v.Digest]:
			p.begun[v.Digest] = true
			p.log.Printf("%s (cached)", v.Name)
		case v.Started != nil && !p.begun[v.Digest]:
			p.begun[v.Digest] = true
			p.log.Printf("%s", v.Name)
		}
	}
	for _, l := range s.Logs {
		lines := p.lines[l.Vertex]
		if lines == nil {
			lines = &runtime.Lines{Emit: func(line []byte) { p.log.Printf("%s", line) }}
			p.lines[l.Vertex] = lines
		}
		_, _ = lines.Write(l.Msg)
	}
}

func (p *progress) flush() {
	for _, l := range p.lines {
		l.Flush()
	}
}
