// Package notice words an event of the log for receivers outside: what happened, to which things, and where to look. It
// reads the log and not the read models, so that a notice says what was true at the event.
package notice

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/webhook"
)

// Notice is what a receiver is told, as JSON. It holds no secret and no personal data.
type Notice struct {
	// Type is one of webhook.Types, or webhook.Test.
	Type string `json:"type"`
	// ID is the event's in the log. Two messages with one id tell of one thing.
	ID           string       `json:"id"`
	At           time.Time    `json:"at"`
	Organization Thing        `json:"organization"`
	Project      *Thing       `json:"project,omitempty"`
	Service      *Thing       `json:"service,omitempty"`
	Server       *Thing       `json:"server,omitempty"`
	Actor        domain.Actor `json:"actor"`
	// Data depends on the type.
	Data any `json:"data"`
	// URL is the page of the dashboard that shows it.
	URL string `json:"url,omitempty"`
}

// Thing is what something was done to or in. The slug is empty where it has none.
type Thing struct {
	ID   string `json:"id"`
	Slug string `json:"slug,omitempty"`
	Name string `json:"name,omitempty"`
}

// JSON returns the payload of a message.
func (n Notice) JSON() (string, error) {
	raw, err := json.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("write notice of event %s: %w", n.ID, err)
	}
	return string(raw), nil
}

// project returns the id of the project that the notice is about; "" where it is about none.
func (n Notice) project() string {
	if n.Project == nil {
		return ""
	}
	return n.Project.ID
}

// For reports whether a webhook is told of it.
func (n Notice) For(w webhook.Webhook) bool { return w.Wants(n.Type, n.project()) }

// types are the notices' types by the events'.
var types = map[string]string{
	deployment.Requested{}.EventType():       webhook.DeploymentRequested,
	deployment.Succeeded{}.EventType():       webhook.DeploymentSucceeded,
	deployment.Failed{}.EventType():          webhook.DeploymentFailed,
	deployment.Cancelled{}.EventType():       webhook.DeploymentCancelled,
	deployment.Superseded{}.EventType():      webhook.DeploymentSuperseded,
	service.Created{}.EventType():            webhook.ServiceCreated,
	service.Deleted{}.EventType():            webhook.ServiceDeleted,
	service.OperationSucceeded{}.EventType(): webhook.ServiceOperationSucceeded,
	service.OperationFailed{}.EventType():    webhook.ServiceOperationFailed,
	service.AutoDeployFrozen{}.EventType():   webhook.ServiceAutoDeployFrozen,
	service.AutoDeployResumed{}.EventType():  webhook.ServiceAutoDeployResumed,
	server.Disconnected{}.EventType():        webhook.ServerLost,
	server.Connected{}.EventType():           webhook.ServerBack,
	approval.Requested{}.EventType():         webhook.ApprovalRequested,
	approval.Approved{}.EventType():          webhook.ApprovalDecided,
	approval.Rejected{}.EventType():          webhook.ApprovalDecided,
	approval.Expired{}.EventType():           webhook.ApprovalDecided,
	approval.Voided{}.EventType():            webhook.ApprovalDecided,
}

// Streams are the prefixes of the streams that hold such events.
func Streams() []string {
	return []string{
		deployment.Stream(""), service.Stream(""), server.PresenceStream(""), approval.Stream(""),
	}
}

// TypeOf returns the type of the notice that an event leads to, or "".
func TypeOf(eventType string) string { return types[eventType] }

// longest is how long one text may be as JSON, in bytes, so that a notice fits into a message (notify.MaxPayload).
const longest = 2 << 10

// short cuts a text that somebody else wrote. What a byte of it becomes as JSON depends on the byte.
func short(s string) string {
	cut := strings.ToValidUTF8(s, "")
	for size := sizeOf(cut); size > longest; size = sizeOf(cut) {
		cut = strings.ToValidUTF8(cut[:len(cut)*3/4], "")
	}
	if len(cut) < len(s) {
		cut += "…"
	}
	return cut
}

func sizeOf(s string) int {
	raw, _ := json.Marshal(s) // a string always can be
	return len(raw)
}
