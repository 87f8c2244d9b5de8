package api

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

type setConfigInput struct {
	ByID
	IfMatch string `header:"If-Match" maxLength:"64" doc:"The ETag of the settings that were edited: someone else's change meanwhile is answered with 412. Left out, whatever is there is replaced." example:"\"3\""`
	Body    ConfigInput
}

type configOutput struct {
	ETag     string `header:"ETag" doc:"The new version of the settings."`
	Position string `header:"Syntra-Position"`
	Body     projections.Service
}

func (a *API) setConfig(ctx context.Context, in *setConfigInput) (*configOutput, error) {
	version, err := parseIfMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	before, err := load[service.Service](ctx, a, "service "+in.ID, service.Stream(in.ID))
	if err != nil {
		return nil, err
	}
	config := service.Config(in.Body)
	if config.Domains, err = domain.ParseHosts(config.Domains); err != nil {
		return nil, err
	}
	if err := config.Check(); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, []any{in.ID, version, in.Body})
	if err != nil {
		return nil, err
	}
	fresh, err := a.reserve(ctx, cmd, in.ID, hosts(config.Domains)...)
	if err != nil {
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, service.Stream(in.ID), cmd, func(s *service.Service) ([]domain.Event, error) {
		before = s
		return s.Configure(config, version)
	})
	if err != nil {
		// What another writer has put into the settings meanwhile is in use.
		fresh = slices.DeleteFunc(fresh, func(n name) bool { return slices.Contains(before.Hosts(), n.name) })
		a.giveBack(ctx, cmd, in.ID, fresh...)
		return nil, err
	}
	if err := a.releaseUnused(ctx, cmd, in.ID, before.Config.Domains); err != nil {
		return nil, err
	}
	out, err := a.service(ctx, res, in.ID)
	if err != nil {
		return nil, err
	}
	return &configOutput{ETag: etag(out.Body.ConfigVersion), Position: out.Position, Body: out.Body}, nil
}

// releaseUnused frees those hosts that the service does not go by any more. It looks again: another writer may have put
// one back meanwhile.
func (a *API) releaseUnused(ctx context.Context, cmd eventstore.Command, serviceID string, domains []string) error {
	now, err := eventstore.Load[service.Service](ctx, a.Log, service.Stream(serviceID))
	if err != nil {
		return err
	}
	gone := slices.DeleteFunc(slices.Clone(domains), func(d string) bool { return slices.Contains(now.State.Hosts(), d) })
	return a.release(ctx, cmd, serviceID, hosts(gone)...)
}

// parseIfMatch returns the version that the caller has seen; 0 where it does not care.
func parseIfMatch(header string) (int, error) {
	tag := strings.TrimPrefix(strings.TrimSpace(header), "W/")
	if tag == "" || tag == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil || n < 1 || etag(n) != tag {
		return 0, domain.Errorf(domain.Invalid, "If-Match must be the ETag of the service's settings, such as \"3\"").WithReason("bad_if_match")
	}
	return n, nil
}
