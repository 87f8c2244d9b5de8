package project_test

import (
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
		"is not renamed once gone":  {Given: E{created, project.Deleted{}}, When: rename("Store"), Refused: domain.NotFound},
	})
}
