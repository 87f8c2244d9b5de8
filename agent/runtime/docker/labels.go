package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/filters"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Labels of everything we make.
const (
	labelManaged = "dev.syntra.managed" // "true"
	labelScope   = "dev.syntra.scope"
	labelName    = "dev.syntra.name"   // of a replica
	labelLabels  = "dev.syntra.labels" // runtime.Labels as JSON
	labelPort    = "dev.syntra.port"   // on the host
	labelLogs    = "dev.syntra.logs"   // bytes that its log may take
	labelSpec    = "dev.syntra.spec"   // hash of what the container was made of
)

func (r *Runtime) ours() filters.Args {
	return filters.NewArgs(filters.Arg("label", labelManaged+"=true"), filters.Arg("label", labelScope+"="+r.opts.Scope))
}

// scopeHash tells scopes apart where only few letters may be used.
func (r *Runtime) scopeHash() string {
	sum := sha256.Sum256([]byte(r.opts.Scope))
	return hex.EncodeToString(sum[:4])
}

// containerName is unique on the engine, which may serve several agents.
func (r *Runtime) containerName(name string) string {
	return "syntra-" + r.scopeHash() + "-" + name
}

func (r *Runtime) labels(spec runtime.InstanceSpec, room room) (map[string]string, error) {
	labels, err := json.Marshal(spec.Labels)
	if err != nil {
		return nil, err
	}
	hash, err := hashOf(spec)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		labelManaged: "true", labelScope: r.opts.Scope, labelName: spec.Name, labelLabels: string(labels),
		labelPort: strconv.Itoa(room.port), labelLogs: strconv.FormatInt(room.logs, 10), labelSpec: hash,
	}, nil
}

// hashOf tells whether a stopped container is what a start asks for.
func hashOf(spec runtime.InstanceSpec) (string, error) {
	raw, err := json.Marshal(spec) // maps are written in the order of their keys
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// tagOf keeps an image for as long as its release may need it.
func tagOf(service, deployment string) string {
	return fmt.Sprintf("syntra/%s:%s", tagPart(service), tagPart(deployment))
}

// tagged begins every tag that Syntra gives.
const tagged = "syntra/"

// imported is the repository of the tags of images that this scope took in from elsewhere: their labels name the scope
// that built them.
func (r *Runtime) imported() string { return tagged + "imported-" + r.scopeHash() }

func (r *Runtime) importTag(digest string) string {
	return r.imported() + ":" + strings.TrimPrefix(digest, "sha256:")
}

// isOurTag reports whether a tag is this scope's to take away, of an image that this scope built or not.
func (r *Runtime) isOurTag(tag string, built bool) bool {
	if strings.HasPrefix(tag, tagged+"imported-") {
		return strings.HasPrefix(tag, r.imported()+":")
	}
	return built && strings.HasPrefix(tag, tagged)
}

func tagPart(s string) string {
	s = strings.Map(func(c rune) rune {
		if (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' {
			return c
		}
		return '-'
	}, strings.ToLower(s))
	if s = strings.Trim(s, "-_"); s == "" {
		return "none"
	}
	return s[:min(len(s), 100)]
}
