package wire

// PeerCertificateRequest asks for the certificate that the server's edge shows to those of the organization's other
// servers. The private key stays on the server.
type PeerCertificateRequest struct {
	Request string `json:"request"` // PEM
}

// PeerCertificate answers it; see package authority for what it says and how long it is good.
type PeerCertificate struct {
	Certificate string `json:"certificate,omitempty"` // PEM
	Authority   string `json:"authority,omitempty"`   // PEM: what the other servers' certificates are checked by
	// Problem says why there is no certificate; the agent asks again later.
	Problem string `json:"problem,omitempty"`
}
