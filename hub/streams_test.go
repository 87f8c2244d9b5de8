package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
	"github.com/syntra-dev/syntra/telemetry"
)

func TestLogLinesAreAcknowledgedOnceTheyAreSafe(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	a, _ := connect(t, r.URL, token, instance1)

	p.Sink.Fail(true)
	a.send(wire.TypeLogs, wire.Logs{Batch: 2, Records: []telemetry.Record{
		{Source: "spl_x", Sequence: 1, Organization: "org_stranger", Server: "srv_stranger", Service: "svc", Body: "first"},
		{Source: "spl_x", Sequence: 2, Body: strings.Repeat("x", telemetry.MaxBody*2)},
	}})
	a.send(wire.TypeResult, wire.Result{ID: "unknown"})
	f, err := a.next()
	require.NoError(t, err)
	require.Equal(t, wire.TypeResultAck, f.Type, "a sink that is down holds nothing else up")
	p.Sink.Fail(false)
	ack, err := wire.Decode[wire.LogsAck](a.expect(wire.TypeLogsAck))
	require.NoError(t, err)
	require.EqualValues(t, 2, ack.Batch)

	got := p.Sink.Records()
	require.Len(t, got, 2)
	require.Equal(t, hubtest.Org, got[0].Organization, "an agent speaks for its own organization only")
	require.Equal(t, srv, got[0].Server)
	require.Equal(t, srv+"/spl_x", got[0].Source)
	require.Less(t, len(got[1].Body), telemetry.MaxBody+100)
}

type uploads map[string]string

func (u uploads) Open(_ context.Context, org, id string) (io.ReadCloser, int64, error) {
	body, ok := u[org+"/"+id]
	if !ok {
		return nil, 0, domain.Errorf(domain.NotFound, "upload %s does not exist", id)
	}
	return io.NopCloser(strings.NewReader(body)), int64(len(body)), nil
}

func (u uploads) OpenHere(ctx context.Context, org, id string) (io.ReadCloser, int64, error) {
	return u.Open(ctx, org, id)
}

func TestUploadsGoToTheirOwnOrganizationsAgents(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", func(o *hub.Options) {
		o.Uploads = uploads{hubtest.Org + "/upl_1": "archive", "org_other/upl_2": "theirs"}
	})
	_, token := p.AddServer("one")
	connect(t, r.URL, token, instance1)
	for name, c := range map[string]struct {
		upload, token, instance string
		status                  int
		body                    string
	}{
		"its own":                     {"upl_1", token, instance1, 200, "archive"},
		"another organization's":      {"upl_2", token, instance1, 404, "not_found"},
		"none":                        {"upl_3", token, instance1, 404, "not_found"},
		"a path":                      {"..%2f..%2fetc", token, instance1, 404, "not_found"},
		"without a token":             {"upl_1", "", instance1, 401, "no_token"},
		"with another's installation": {"upl_1", token, instance2, 409, "token_in_use"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequest(http.MethodGet, r.URL+wire.UploadPath+c.upload, nil)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+c.token)
			req.Header.Set(wire.InstanceHeader, c.instance)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			require.Equal(t, c.status, res.StatusCode, "%s", body)
			require.Contains(t, string(body), c.body)
		})
	}
}

func TestExecStreamsBothWays(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	a, _ := connect(t, r.URL, token, instance1)
	input := bytes.Repeat([]byte("0123456789abcdef"), 3*wire.ExecWindow/16)

	var stdout, stderr bytes.Buffer
	type end struct {
		code int
		err  error
	}
	done := make(chan end, 1)
	go func() {
		code, err := r.Exec(within(t), srv, wire.Exec{Argv: []string{"cat"}}, bytes.NewReader(input), &stdout, &stderr)
		done <- end{code, err}
	}()
	var cmd wire.Command
	got, unacked := 0, 0
	for eof := false; !eof; {
		f, err := a.next()
		require.NoError(t, err)
		if f.Type == wire.TypeCommand {
			cmd, err = wire.Decode[wire.Command](f)
			require.NoError(t, err)
		}
		if f.Type != wire.TypeExecInput {
			continue
		}
		require.NotEmpty(t, cmd.ID, "the command goes first")
		in, err := wire.Decode[wire.ExecInput](f)
		require.NoError(t, err)
		got, unacked, eof = got+len(in.Data), unacked+len(in.Data), in.EOF
		require.LessOrEqual(t, unacked, wire.ExecWindow, "it waits for acknowledgements")
		if unacked == wire.ExecWindow || eof {
			a.send(wire.TypeExecAck, wire.ExecAck{ID: in.ID, Bytes: unacked})
			unacked = 0
		}
	}
	require.Equal(t, wire.KindExec, cmd.Kind)
	require.Equal(t, len(input), got)
	a.send(wire.TypeExecOutput, wire.ExecOutput{ID: cmd.ID, Data: []byte("out")})
	a.send(wire.TypeExecOutput, wire.ExecOutput{ID: cmd.ID, Data: []byte("err"), Stderr: true})
	a.send(wire.TypeResult, wire.Result{ID: cmd.ID, Data: json.RawMessage(`{"exit_code":7}`)})
	e := <-done
	require.NoError(t, e.err)
	require.Equal(t, 7, e.code)
	require.Equal(t, "out", stdout.String())
	require.Equal(t, "err", stderr.String())

	t.Run("a lost connection ends it with an error", func(t *testing.T) {
		go func() {
			_, err := r.Exec(within(t), srv, wire.Exec{Argv: []string{"cat"}}, nil, io.Discard, io.Discard)
			done <- end{0, err}
		}()
		a.command()
		_ = a.conn.CloseNow()
		e := <-done
		require.Error(t, e.err)
		require.NotErrorIs(t, e.err, context.DeadlineExceeded)
	})

	t.Run("a reader or writer that panics ends it with an error, not the process", func(t *testing.T) {
		a, _ := connect(t, r.URL, token, instance1)
		for name, exec := range map[string]func() error{
			"reader": func() error {
				_, err := r.Exec(within(t), srv, wire.Exec{Argv: []string{"cat"}}, panics{}, io.Discard, io.Discard)
				return err
			},
			"writer": func() error {
				_, err := r.Exec(within(t), srv, wire.Exec{Argv: []string{"cat"}}, nil, panics{}, io.Discard)
				return err
			},
		} {
			go func() { done <- end{0, exec()} }()
			cmd := a.command()
			a.send(wire.TypeExecOutput, wire.ExecOutput{ID: cmd.ID, Data: []byte("out")})
			a.expect(wire.TypeCancel)
			a.send(wire.TypeResult, wire.Result{ID: cmd.ID, Error: &wire.Failure{Message: "cancelled"}})
			require.ErrorContains(t, (<-done).err, "panicked", name)
		}
	})
}

// panics is a caller's reader or writer with a bug.
type panics struct{}

func (panics) Read([]byte) (int, error)  { panic("a bug in the reader") }
func (panics) Write([]byte) (int, error) { panic("a bug in the writer") }
