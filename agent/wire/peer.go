package wire

// PeerEndpoint is another server of the organization that has replicas of a service, or sends requests to those that
// have.
type PeerEndpoint struct {
	Server string `json:"server"`
	// Address is the host:port at which its edge takes peers' requests (Hello.PeerAddress); empty: it only sends some.
	Address string `json:"address,omitempty"`
	Zone    string `json:"zone,omitempty"`
	// Releases are those that it has replicas of.
	Releases []PeerRelease `json:"releases,omitempty"`
}

// PeerRelease is how many replicas of a release a peer has.
type PeerRelease struct {
	Release  string `json:"release"`
	Replicas int    `json:"replicas"`
}
