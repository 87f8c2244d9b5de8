package api

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/projections"
)

type listActivityInput struct {
	Paging
	Service string `query:"service" maxLength:"64" doc:"Only what is about this service: its own events, its deployments', its variables'."`
}

// Activity is one line of the audit trail, with the names of the people in it.
type Activity struct {
	projections.Activity
}

func (a *API) listActivity(ctx context.Context, in *listActivityInput) (*answer[Page[Activity]], error) {
	rows, next, err := a.Queries.Activities(ctx, identityOf(ctx).Organization, projections.ActivityFilter{
		Service: in.Service, Within: a.within(ctx), Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	out, err := a.withNames(ctx, rows)
	if err != nil {
		return nil, err
	}
	return &answer[Page[Activity]]{Body: page(out, next)}, nil
}

var userID = regexp.MustCompile(`usr_[0-9a-z]{26}`)

// withNames puts people's names in the place of their ids. Names are not in the log, nor in read models, so that a
// person can be erased: from then on they are somebody whose account is gone.
func (a *API) withNames(ctx context.Context, rows []projections.Activity) ([]Activity, error) {
	var ids []string
	for _, r := range rows {
		ids = append(append(ids, userID.FindAllString(r.Summary+" "+r.Actor, -1)...), r.OnBehalfOf)
	}
	slices.Sort(ids)
	people, err := a.Accounts.ByIDs(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	name := func(id string) string {
		p := people[id]
		return cmp.Or(p.Name, p.Email, "Somebody whose account is gone")
	}
	out := make([]Activity, len(rows))
	for i, r := range rows {
		r.Summary = userID.ReplaceAllStringFunc(r.Summary, name)
		switch user, byUser := strings.CutPrefix(r.Actor, "user "); {
		case byUser:
			r.ActorName = name(user)
		case r.ActorName != "" && r.OnBehalfOf != "":
			r.ActorName += " of " + name(r.OnBehalfOf)
		}
		out[i] = Activity{r}
	}
	return out, nil
}
