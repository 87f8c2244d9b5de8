package approval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	. "github.com/syntra-dev/syntra/domain/domaintest"
)

type (
	A = approval.Approval
	E = []domain.Event
)

var (
	now       = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	arguments = strings.Repeat("a", 64)
	shown     = strings.Repeat("b", 64)
	live      = approval.Precondition{Name: "live_release", Value: "rel_1"}
	moved     = approval.Precondition{Name: "live_release", Value: "rel_2"}
	requested = approval.Requested{
		ApprovalID:      "apr_1",
		Subject:         approval.Subject{Kind: "deployment", ID: "dep_1", ServiceID: "svc_1"},
		Action:          "deployment.promote",
		Title:           "Promote release 8 of shop",
		ArgumentsDigest: arguments,
		ShownDigest:     shown,
		Preconditions:   []approval.Precondition{live},
		ExpiresAt:       now.Add(time.Hour),
	}
	approved = approval.Approved{UserID: "usr_ada"}
	rejected = approval.Rejected{UserID: "usr_ada", Reason: "on Friday?"}
	used     = approval.Used{By: "dep_1/promote"}
	late     = now.Add(time.Hour)
)

func with(change func(*approval.Requested)) approval.Requested {
	r := requested
	change(&r)
	return r
}

func TestAnApprovalIsRequested(t *testing.T) {
	t.Parallel()
	request := func(change func(*approval.Requested)) func(*A) (E, error) {
		return func(a *A) (E, error) { return a.Request(with(change), now) }
	}
	Run(t, map[string]Case[A]{
		"for an action":           {When: request(func(*approval.Requested) {}), Then: E{requested}},
		"once":                    {Given: E{requested}, When: request(func(*approval.Requested) {})},
		"not for nothing":         {When: request(func(r *approval.Requested) { r.Action = "" }), Refused: domain.Invalid, Saying: "an action"},
		"not for unknown content": {When: request(func(r *approval.Requested) { r.ShownDigest = "B" }), Refused: domain.Invalid, Saying: "SHA-256"},
		"not too late":            {When: request(func(r *approval.Requested) { r.ExpiresAt = now }), Refused: domain.Invalid, Saying: "expire"},
		"not for ever": {
			When:    request(func(r *approval.Requested) { r.ExpiresAt = now.Add(approval.MaxLife + 1) }),
			Refused: domain.Invalid, Saying: "longer than",
		},
	})
}

func TestAnApprovalIsDecidedOnce(t *testing.T) {
	t.Parallel()
	approve := func(user, saw string, at time.Time) func(*A) (E, error) {
		return func(a *A) (E, error) { return a.Approve(user, saw, at) }
	}
	reject := func(a *A) (E, error) { return a.Reject("usr_ada", "on Friday?", now) }
	forBob := with(func(r *approval.Requested) { r.Deciders = []string{"usr_bob"} })
	Run(t, map[string]Case[A]{
		"approved":                    {Given: E{requested}, When: approve("usr_ada", shown, now), Then: E{approved}},
		"approved twice by one":       {Given: E{requested, approved}, When: approve("usr_ada", shown, now)},
		"approved twice by two":       {Given: E{requested, approved}, When: approve("usr_bob", shown, now), Refused: domain.Conflict, Saying: "is approved"},
		"approved by whom it asks":    {Given: E{forBob}, When: approve("usr_bob", shown, now), Then: E{approval.Approved{UserID: "usr_bob"}}},
		"not by others":               {Given: E{forBob}, When: approve("usr_ada", shown, now), Refused: domain.Forbidden, Saying: "not yours"},
		"not by nobody":               {Given: E{requested}, When: approve("", shown, now), Refused: domain.Forbidden},
		"not by who saw other things": {Given: E{requested}, When: approve("usr_ada", arguments, now), Refused: domain.Conflict, Saying: "look at it again"},
		"not when it is too late":     {Given: E{requested}, When: approve("usr_ada", shown, late), Refused: domain.Conflict, Saying: "expired at"},
		"not before it is requested":  {When: approve("usr_ada", shown, now), Refused: domain.NotFound},
		"rejected":                    {Given: E{requested}, When: reject, Then: E{rejected}},
		"rejected twice by one":       {Given: E{requested, rejected}, When: reject},
		"not rejected once approved":  {Given: E{requested, approved}, When: reject, Refused: domain.Conflict},
		"not approved once rejected":  {Given: E{requested, rejected}, When: approve("usr_ada", shown, now), Refused: domain.Conflict},
	})
}

func TestAnApprovalIsUsedOnceForWhatItWasGiven(t *testing.T) {
	t.Parallel()
	use := func(by, args string, current approval.Precondition, at time.Time) func(*A) (E, error) {
		return func(a *A) (E, error) { return a.Use(by, args, []approval.Precondition{current}, at) }
	}
	first := "dep_1/promote"
	voided := approval.Voided{Reason: "live_release is not rel_1 any more"}
	Run(t, map[string]Case[A]{
		"used":                      {Given: E{requested, approved}, When: use(first, arguments, live, now), Then: E{used}},
		"the same use again":        {Given: E{requested, approved, used}, When: use(first, arguments, live, late)},
		"no second use":             {Given: E{requested, approved, used}, When: use("other", arguments, live, now), Refused: domain.Conflict, Saying: "is used"},
		"not for other arguments":   {Given: E{requested, approved}, When: use(first, shown, live, now), Refused: domain.Conflict, Saying: "other arguments"},
		"not before it is approved": {Given: E{requested}, When: use(first, arguments, live, now), Refused: domain.Conflict, Saying: "is pending"},
		"not after it is rejected":  {Given: E{requested, rejected}, When: use(first, arguments, live, now), Refused: domain.Conflict},
		"not after it expired":      {Given: E{requested, approved}, When: use(first, arguments, live, late), Refused: domain.Conflict, Saying: "expired at"},
		"not when its ground moved": {Given: E{requested, approved}, When: use(first, arguments, moved, now), Then: E{voided}},
	})
}

func TestAnApprovalEndsByItself(t *testing.T) {
	t.Parallel()
	expire := func(at time.Time) func(*A) (E, error) { return func(a *A) (E, error) { return a.Expire(at) } }
	void := func(a *A) (E, error) { return a.Void("the deployment has ended") }
	Run(t, map[string]Case[A]{
		"when its time is over":           {Given: E{requested}, When: expire(late), Then: E{approval.Expired{}}},
		"also when it was approved":       {Given: E{requested, approved}, When: expire(late), Then: E{approval.Expired{}}},
		"not before":                      {Given: E{requested}, When: expire(now)},
		"not once it was used":            {Given: E{requested, approved, used}, When: expire(late)},
		"when its subject ends":           {Given: E{requested}, When: void, Then: E{approval.Voided{Reason: "the deployment has ended"}}},
		"not when it was decided against": {Given: E{requested, rejected}, When: void},
	})
}
