package syntra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// Channels of an exec's binary messages: the first byte of each.
const (
	execStdin  byte = 0
	execStdout byte = 1
	execStderr byte = 2
	execExit   byte = 3
)

// Exec runs a command in a replica of a service and answers its exit code. Stdin may be nil.
func (a *API) Exec(ctx context.Context, serviceID string, argv []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	address := "ws" + strings.TrimPrefix(a.base, "http") + "/api/v1/services/" + url.PathEscape(serviceID) + "/exec?" + url.Values{"argv": argv}.Encode()
	conn, res, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + a.token}}, Subprotocols: []string{"syntra-exec.v1"},
	})
	if err != nil {
		if res != nil && res.Body != nil {
			body, _ := io.ReadAll(res.Body)
			if refused := Check(res, body, nil); refused != nil {
				return 0, refused
			}
		}
		return 0, err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(8 << 20)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go feed(ctx, conn, stdin)
	for {
		_, message, err := conn.Read(ctx)
		if err != nil {
			return 0, fmt.Errorf("the connection to the command broke; it may still run: %w", err)
		}
		if len(message) == 0 {
			continue
		}
		switch message[0] {
		case execStdout:
			_, err = stdout.Write(message[1:])
		case execStderr:
			_, err = stderr.Write(message[1:])
		case execExit:
			return execResult(message[1:])
		}
		if err != nil {
			return 0, err
		}
	}
}

func execResult(raw []byte) (int, error) {
	var end struct {
		ExitCode int    `json:"exit_code"`
		Error    string `json:"error"`
	}
	if err := json.Unmarshal(raw, &end); err != nil {
		return 0, err
	}
	if end.Error != "" {
		return 0, errors.New(end.Error)
	}
	return end.ExitCode, nil
}

// feed sends the command its input, and an empty message at its end.
func feed(ctx context.Context, conn *websocket.Conn, stdin io.Reader) {
	buffer := make([]byte, 1+32<<10)
	buffer[0] = execStdin
	for stdin != nil {
		n, err := stdin.Read(buffer[1:])
		if n > 0 && conn.Write(ctx, websocket.MessageBinary, buffer[:1+n]) != nil {
			return
		}
		if err != nil {
			break
		}
	}
	_ = conn.Write(ctx, websocket.MessageBinary, []byte{execStdin})
}
