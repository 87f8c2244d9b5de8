package release_test

import (
	"testing"

	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/release"
)

func TestReleaseIsMadeOnceAndNeverChanges(t *testing.T) {
	t.Parallel()
	type (
		R = release.Release
		E = []domain.Event
	)
	created := release.Created{ReleaseID: "rel_1", Number: 1, Artifact: release.Artifact{Runtime: "docker", Digest: "sha256:aa"}}
	create := func(c release.Created) func(*R) (E, error) { return func(r *R) (E, error) { return r.Create(c) } }
	other := created
	other.Number = 2
	Run(t, map[string]Case[R]{
		"is created":            {When: create(created), Then: E{created}},
		"is created once":       {Given: E{created}, When: create(created)},
		"does not change":       {Given: E{created}, When: create(other)},
		"is nothing if unbuilt": {When: create(release.Created{ReleaseID: "rel_1"}), Refused: domain.Invalid, Saying: "digest"},
	})
}
