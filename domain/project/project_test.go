package project_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/project"
)

func TestProject(t *testing.T) {
	t.Parallel()
	type (
		P = project.Project
		E = []domain.Event
	)
	created := project.Created{ProjectID: "prj_1", Slug: "shop", Name: "Shop"}
	create := func(slug, name string) func(*P) (E, error) {
		return func(p *P) (E, error) { return p.Create("prj_1", slug, name) }
	}
	rename := func(name string) func(*P) (E, error) { return func(p *P) (E, error) { return p.Rename(name) } }
	member := project.ServiceAdded{ServiceID: "svc_1"}
	left := project.ServiceRemoved{ServiceID: "svc_1"}
	add := func(p *P) (E, error) { return p.AddService("svc_1") }
	remove := func(p *P) (E, error) { return p.RemoveService("svc_1") }
	full := E{created}
	for n := range project.MaxServices {
		full = append(full, project.ServiceAdded{ServiceID: fmt.Sprintf("svc_full_%d", n)})
	}
	Run(t, map[string]Case[P]{
		"is created":                {When: create("shop", "Shop"), Then: E{created}},
		"is created once":           {Given: E{created}, When: create("shop", "Shop"), Refused: domain.Conflict},
		"has a slug for host names": {When: create("shop_1", "Shop"), Refused: domain.Invalid},
		"has a printable name":      {When: create("shop", "a\x1bb"), Refused: domain.Invalid},
		"is renamed":                {Given: E{created}, When: rename("Store"), Then: E{project.Renamed{Name: "Store"}}},
		"keeps its name":            {Given: E{created}, When: rename("Shop")},
		"needs a name":              {Given: E{created}, When: rename(""), Refused: domain.Invalid},
		"needs a short name":        {Given: E{created}, When: rename(strings.Repeat("x", 101)), Refused: domain.Invalid},
		"is deleted":                {Given: E{created}, When: (*P).Delete, Then: E{project.Deleted{}}},
		"is deleted once":           {Given: E{created, project.Deleted{}}, When: (*P).Delete, Refused: domain.NotFound},
		"takes a service":           {Given: E{created}, When: add, Then: E{member}},
		"takes a service once":      {Given: E{created, member}, When: add},
		"takes no service once gone": {
			Given: E{created, project.Deleted{}}, When: add, Refused: domain.NotFound,
		},
		"takes no more than fit":    {Given: full, When: add, Refused: domain.Conflict, Saying: "use another project"},
		"lets a service go":         {Given: E{created, member}, When: remove, Then: E{left}},
		"lets a service go once":    {Given: E{created, member, left}, When: remove},
		"stays while it has one":    {Given: E{created, member}, When: (*P).Delete, Refused: domain.Conflict},
		"is deleted after the last": {Given: E{created, member, left}, When: (*P).Delete, Then: E{project.Deleted{}}},
		"is not renamed once gone":  {Given: E{created, project.Deleted{}}, When: rename("Store"), Refused: domain.NotFound},
	})
}
