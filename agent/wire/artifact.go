package wire

// Registry is a place for artifacts, and a token that opens one repository there for a while.
type Registry struct {
	// URL, http(s)://host[:port]; "" is the control plane's, as the agent reaches it.
	URL string `json:"url,omitempty"`
	// Repository is "<organization>/<service>".
	Repository string `json:"repository"`
	Token      string `json:"token"` // never stored
	// Manifest is the digest of what to pull.
	Manifest string `json:"manifest,omitempty"`
}

// PushArtifact brings an artifact of this server to a registry. What the registry has already is not sent again.
type PushArtifact struct {
	Owner    Owner    `json:"owner"`
	Runtime  string   `json:"runtime"`
	Digest   string   `json:"digest"`
	Registry Registry `json:"registry"`
}

// ArtifactPushed names the manifest that carries the artifact now.
type ArtifactPushed struct {
	Manifest  string `json:"manifest"`
	SizeBytes int64  `json:"size_bytes"`
	Millis    int64  `json:"millis"`
}

// PullArtifact brings an artifact from a registry to this server, and verifies that it is the one of the digest.
type PullArtifact struct {
	Owner    Owner    `json:"owner"`
	Runtime  string   `json:"runtime"`
	Digest   string   `json:"digest"`
	Registry Registry `json:"registry"`
}

// ArtifactPulled says that the artifact is here.
type ArtifactPulled struct {
	// WasHere says that nothing had to be pulled.
	WasHere bool  `json:"was_here,omitempty"`
	Bytes   int64 `json:"bytes,omitempty"`
	Millis  int64 `json:"millis"`
}

// Artifacts are all that this server holds, of all services. The hub forgets others.
type Artifacts struct {
	Digests []string `json:"digests"`
}
