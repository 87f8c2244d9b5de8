package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
)

type (
	S = service.Service
	E = []domain.Event
)

var (
	created = service.Created{ServiceID: "svc_1", ProjectID: "prj_1", Placement: service.On("srv_1"), Slug: "web", Name: "Web", Host: "web-shop.localhost"}
	one     = service.TrafficShifted{Split: traffic.All("rel_1"), DeploymentID: "dep_1"}
	two     = service.TrafficShifted{Split: traffic.All("rel_2"), Previous: traffic.All("rel_1"), DeploymentID: "dep_2"}
	canary  = traffic.Split{{ReleaseID: "rel_1", Weight: 9000}, {ReleaseID: "rel_2", Weight: 1000}}
	shared  = service.TrafficShifted{Split: canary, Previous: traffic.All("rel_1"), DeploymentID: "dep_2"}
	deleted = service.Deleted{}
)

func TestServiceSettings(t *testing.T) {
	t.Parallel()
	config := service.Config{Run: service.Run{Port: 3000}}
	configure := func(c service.Config, ifVersion int) func(*S) (E, error) {
		return func(s *S) (E, error) { return s.Configure(c, ifVersion) }
	}
	create := func(change func(*service.Created)) func(*S) (E, error) {
		c := created
		change(&c)
		return func(s *S) (E, error) { return s.Create(c) }
	}
	changed := service.ConfigChanged{Version: 2, Config: config}
	Run(t, map[string]Case[S]{
		"is created":                  {When: create(func(*service.Created) {}), Then: E{created}},
		"is abandoned before it is":   {When: (*S).Abandon, Then: E{service.Abandoned{}}},
		"is abandoned once":           {Given: E{service.Abandoned{}}, When: (*S).Abandon},
		"is not abandoned once it is": {Given: E{created}, When: (*S).Abandon, Refused: domain.Conflict},
		"is not created once abandoned": {
			Given: E{service.Abandoned{}}, When: create(func(*service.Created) {}), Refused: domain.Conflict,
		},
		"is created once":                {Given: E{created}, When: create(func(*service.Created) {}), Refused: domain.Conflict},
		"has a slug for host names":      {When: create(func(c *service.Created) { c.Slug = "Web" }), Refused: domain.Invalid},
		"has a printable name":           {When: create(func(c *service.Created) { c.Name = "a\nb" }), Refused: domain.Invalid},
		"is created with a good config":  {When: create(func(c *service.Created) { c.Config.Run.Port = -1 }), Refused: domain.Invalid, Saying: "run.port"},
		"changes its config":             {Given: E{created}, When: configure(config, 0), Then: E{changed}},
		"changes the config that is":     {Given: E{created}, When: configure(config, 1), Then: E{changed}},
		"refuses a change of an old one": {Given: E{created, changed}, When: configure(config, 1), Refused: domain.Conflict, Saying: "version 2, you edited 1"},
		"refuses a bad config":           {Given: E{created}, When: configure(service.Config{Health: service.Health{Path: "up"}}, 0), Refused: domain.Invalid},
		"refuses changes once deleted":   {Given: E{created, deleted}, When: configure(config, 0), Refused: domain.NotFound},
		"is deleted":                     {Given: E{created}, When: (*S).Delete, Then: E{deleted}},
		"is deleted once":                {Given: E{created, deleted}, When: (*S).Delete, Refused: domain.NotFound},
		"does not exist before creation": {When: (*S).Delete, Refused: domain.NotFound},
	})
}

func TestServiceReleases(t *testing.T) {
	t.Parallel()
	record := func(id string) func(*S) (E, error) { return func(s *S) (E, error) { return s.RecordRelease(id) } }
	shift := func(split traffic.Split, d string) func(*S) (E, error) {
		return func(s *S) (E, error) { return s.ShiftTraffic(split, d) }
	}
	activate := func(r, d string) func(*S) (E, error) { return shift(traffic.All(r), d) }
	retire := func(r string) func(*S) (E, error) { return func(s *S) (E, error) { return s.RetireRelease(r) } }
	recorded := service.ReleaseRecorded{ReleaseID: "rel_1", Number: 1}
	stopped := service.OperationSucceeded{OperationID: "op_1", Kind: service.Stop}
	asked := service.OperationRequested{OperationID: "op_1", Kind: service.Stop}
	Run(t, map[string]Case[S]{
		"are numbered from 1":                 {Given: E{created}, When: record("rel_1"), Then: E{recorded}},
		"are numbered on":                     {Given: E{created, recorded}, When: record("rel_2"), Then: E{service.ReleaseRecorded{ReleaseID: "rel_2", Number: 2}}},
		"are numbered once":                   {Given: E{created, recorded}, When: record("rel_1")},
		"need a service":                      {When: record("rel_1"), Refused: domain.NotFound},
		"the first goes live":                 {Given: E{created}, When: activate("rel_1", "dep_1"), Then: E{one}},
		"goes live once":                      {Given: E{created, one}, When: activate("rel_1", "dep_1")},
		"the next names the one before":       {Given: E{created, one}, When: activate("rel_2", "dep_2"), Then: E{two}},
		"the same again after a stop is news": {Given: E{created, one, asked, stopped}, When: activate("rel_1", "dep_2"), Then: E{service.TrafficShifted{Split: traffic.All("rel_1"), Previous: traffic.All("rel_1"), DeploymentID: "dep_2"}}},
		"go live on a service only":           {When: activate("rel_1", "dep_1"), Refused: domain.NotFound},
		"share the traffic":                   {Given: E{created, one}, When: shift(canary, "dep_2"), Then: E{shared}},
		"share it once":                       {Given: E{created, one, shared}, When: shift(canary, "dep_2")},
		"share all of it":                     {Given: E{created, one}, When: shift(canary[:1], "dep_2"), Refused: domain.Invalid, Saying: "add up to 9000"},
		"one that shares it is not retired":   {Given: E{created, one, shared}, When: retire("rel_1")},
		"the one before is retired":           {Given: E{created, one, two}, When: retire("rel_1"), Then: E{service.ReleaseRetired{ReleaseID: "rel_1"}}},
		"is retired once":                     {Given: E{created, one, two, service.ReleaseRetired{ReleaseID: "rel_1"}}, When: retire("rel_1")},
		"the live one is not retired":         {Given: E{created, one, two}, When: retire("rel_2")},
		"freeze automatic deployments":        {Given: E{created}, When: func(s *S) (E, error) { return s.Freeze("rollback") }, Then: E{service.AutoDeployFrozen{Reason: "rollback"}}},
		"freeze them once":                    {Given: E{created, service.AutoDeployFrozen{}}, When: func(s *S) (E, error) { return s.Freeze("rollback") }},
		"freeze nothing that does not exist":  {When: func(s *S) (E, error) { return s.Freeze("rollback") }, Refused: domain.NotFound},
		"resume automatic deployments":        {Given: E{created, service.AutoDeployFrozen{}}, When: (*S).Resume, Then: E{service.AutoDeployResumed{}}},
		"resume what was frozen only":         {Given: E{created}, When: (*S).Resume},
	})

	s := domain.Fold(&S{}, created, recorded, service.ReleaseRecorded{ReleaseID: "rel_2", Number: 2}, one, two)
	require.Equal(t, "rel_2", s.Live())
	require.Equal(t, []string{"rel_1"}, s.Warm)
	require.Equal(t, []int{1, 2, 0}, []int{s.NumberOf("rel_1"), s.NumberOf("rel_2"), s.NumberOf("rel_3")})
	back := domain.Fold(s, service.TrafficShifted{Split: traffic.All("rel_1"), Previous: traffic.All("rel_2"), DeploymentID: "dep_3"})
	require.Equal(t, []string{"rel_2"}, back.Warm, "the one that was gone back to is warm no more")
}

func TestAReleaseIsWarmOnceItLeavesTheSplit(t *testing.T) {
	t.Parallel()
	s := domain.Fold(&S{}, created, one, shared)
	require.Equal(t, "rel_1", s.Live(), "the one with most of the traffic")
	require.Empty(t, s.Warm)
	s = domain.Fold(s, service.TrafficShifted{Split: traffic.All("rel_3"), Previous: canary, DeploymentID: "dep_3"})
	require.Equal(t, []string{"rel_1", "rel_2"}, s.Warm, "all that left it")
	s = domain.Fold(s, service.TrafficShifted{Split: canary, Previous: traffic.All("rel_3"), DeploymentID: "dep_3"})
	require.Equal(t, []string{"rel_3"}, s.Warm, "the traffic was given back")
}

func TestServiceOperations(t *testing.T) {
	t.Parallel()
	request := func(kind service.OperationKind, replicas int) func(*S) (E, error) {
		return func(s *S) (E, error) {
			return s.RequestOperation(service.OperationRequested{OperationID: "op_1", Kind: kind, Replicas: replicas})
		}
	}
	end := func(reason string) func(*S) (E, error) {
		return func(s *S) (E, error) { return s.EndOperation("op_1", service.Scale, 3, reason) }
	}
	asked := service.OperationRequested{OperationID: "op_1", Kind: service.Scale, Replicas: 3}
	done := service.OperationSucceeded{OperationID: "op_1", Kind: service.Scale, Replicas: 3}
	failed := service.OperationFailed{OperationID: "op_1", Kind: service.Scale, Reason: "offline"}
	Run(t, map[string]Case[S]{
		"a deployed service is stopped":       {Given: E{created, one}, When: request(service.Stop, 0), Then: E{service.OperationRequested{OperationID: "op_1", Kind: service.Stop}}},
		"an empty service is not":             {Given: E{created}, When: request(service.Stop, 0), Refused: domain.Conflict, Saying: "deploy it first"},
		"a deleted service is not":            {Given: E{created, one, deleted}, When: request(service.Stop, 0), Refused: domain.NotFound},
		"is scaled":                           {Given: E{created, one}, When: request(service.Scale, 3), Then: E{asked}},
		"is asked once":                       {Given: E{created, one, asked, done}, When: request(service.Scale, 3)},
		"is not scaled to nothing":            {Given: E{created, one}, When: request(service.Scale, 0), Refused: domain.Invalid, Saying: "or stop the service"},
		"is not scaled beyond the limit":      {Given: E{created, one}, When: request(service.Scale, service.MaxReplicas+1), Refused: domain.Invalid},
		"knows no other":                      {Given: E{created, one}, When: request("explode", 0), Refused: domain.Invalid, Saying: "explode"},
		"succeeds":                            {Given: E{created, one, asked}, When: end(""), Then: E{done}},
		"fails with a reason":                 {Given: E{created, one, asked}, When: end("offline"), Then: E{failed}},
		"ends once":                           {Given: E{created, one, asked, failed}, When: end("")},
		"ends only what was asked":            {Given: E{created, one}, When: end(""), Refused: domain.NotFound},
		"still ends when the service is gone": {Given: E{created, one, asked, deleted}, When: end(""), Then: E{done}},
	})
}

func TestDesiredReplicas(t *testing.T) {
	t.Parallel()
	configured := created
	configured.Config.Run.Replicas = 2
	scaled := service.OperationSucceeded{Kind: service.Scale, Replicas: 5}
	asked := service.OperationRequested{Kind: service.Scale, Replicas: 5}
	for name, c := range map[string]struct {
		given E
		want  int
	}{
		"the default":                         {E{created}, 1},
		"as configured":                       {E{configured}, 2},
		"as scaled":                           {E{configured, asked, scaled}, 5},
		"as scaled, after other settings":     {E{configured, asked, scaled, service.ConfigChanged{Version: 2, Config: service.Config{Run: service.Run{Replicas: 2, Port: 1}}}}, 5},
		"as configured anew":                  {E{configured, asked, scaled, service.ConfigChanged{Version: 2, Config: service.Config{Run: service.Run{Replicas: 3}}}}, 3},
		"the default again, where unset anew": {E{configured, asked, scaled, service.ConfigChanged{Version: 2}}, 1},
	} {
		require.Equal(t, c.want, domain.Fold(&S{}, c.given...).DesiredReplicas(), name)
	}
	s := domain.Fold(&S{}, created, service.ConfigChanged{Version: 2, Config: service.Config{Domains: []string{"a.com"}}})
	require.Equal(t, []string{"web-shop.localhost", "a.com"}, s.Hosts())
}
