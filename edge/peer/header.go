package peer

import "net/http"

// Headers of requests and answers between edges. They mean nothing at the doors for strangers, where they are dropped.
const (
	// ServiceHeader and ReleaseHeader say whose replicas are to answer.
	ServiceHeader = "Syntra-Peer-Service"
	ReleaseHeader = "Syntra-Peer-Release"
	// GreetingHeader is in the first request on a connection, which asks whether others would be taken.
	GreetingHeader = "Syntra-Peer-Greeting"
	// UnservedHeader is in an answer that no replica gave because none received the request. It says why.
	UnservedHeader = "Syntra-Peer-Unserved"
)

// Headers are the names of all of them, in the form that net/http keeps them in.
var Headers = map[string]bool{ServiceHeader: true, ReleaseHeader: true, GreetingHeader: true, UnservedHeader: true}

// Named returns the service and release that a peer's request names.
func Named(h http.Header) (service, release string) {
	return h.Get(ServiceHeader), h.Get(ReleaseHeader)
}
