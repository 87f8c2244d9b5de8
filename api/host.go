package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"strconv"
	"strings"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// reserveHost takes the service's generated name: <service>-<project>.<base>, or where another has that (a second
// organization, or "a-b" + "c" beside "a" + "b-c"), the same with a few letters of its own.
func (a *API) reserveHost(ctx context.Context, cmd eventstore.Command, serviceID, projectSlug, slug string) (name, error) {
	label := slug + "-" + projectSlug
	host := name{reservation.Host, label + "." + a.BaseDomain}
	_, err := a.reserve(ctx, cmd, serviceID, host)
	if domain.CodeOf(err) != domain.Conflict {
		return host, err
	}
	sum := sha256.Sum256([]byte(serviceID))
	const most = 63 - 1 - 8 // of a DNS label, less the suffix
	host.name = label[:min(len(label), most)] + "-" + hex.EncodeToString(sum[:4]) + "." + a.BaseDomain
	_, err = a.reserve(ctx, cmd, serviceID, host)
	return host, err
}

// addURLs fills in where each service is reached: at the first of its servers whose edge was heard of.
func (a *API) addURLs(ctx context.Context, org string, services []projections.Service) error {
	if len(services) == 0 {
		return nil
	}
	var ids []string
	for _, s := range services {
		ids = append(ids, s.Placement.Servers()...)
	}
	servers, err := a.Queries.ServersByID(ctx, org, ids)
	if err != nil {
		return err
	}
	known := map[string]projections.Server{}
	for _, s := range servers {
		known[s.ID] = s
	}
	for i := range services {
		for _, id := range services[i].Placement.Servers() {
			if services[i].URL = a.EdgePublic(known[id], services[i].Host); services[i].URL != "" {
				break
			}
		}
	}
	return nil
}

// EdgeURL is where a server's edge answers for a host: https where it has a port for it and the name can have a
// certificate, and "" before the server's edge has been heard of.
func EdgeURL(s projections.Server, host string) string {
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	switch {
	case host == "":
		return ""
	case s.EdgeHTTPS > 0 && !local:
		return "https://" + withPort(host, s.EdgeHTTPS, 443)
	case s.EdgeHTTP > 0:
		return "http://" + withPort(host, s.EdgeHTTP, 80)
	}
	return ""
}

func withPort(host string, port, usual int) string {
	if port == usual {
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}
