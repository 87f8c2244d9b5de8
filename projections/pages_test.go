package projections_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/projections"
)

// whole reads a list two rows at a time, and checks that no page has more.
func whole[T any](t *testing.T, read func(projections.PageRequest) ([]T, string, error)) (rows []T) {
	t.Helper()
	for page := (projections.PageRequest{Limit: 2}); ; {
		got, next, err := read(page)
		require.NoError(t, err)
		require.LessOrEqual(t, len(got), 2)
		rows = append(rows, got...)
		if next == "" {
			return rows
		}
		require.Len(t, got, 2, "a page that is not the last is full")
		page.Cursor = next
	}
}

func TestListsByNameComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.of("org_b")
	for _, slug := range []string{"docs", "blog", "shop", "api", "wiki"} { // not in the order of their names
		w.project("prj_"+slug, slug)
		w.server("srv_"+slug, slug)
		other.project("prj_b_"+slug, slug)
		other.server("srv_b_"+slug, slug)
	}
	for n, in := range []string{"shop", "blog", "shop", "api", "shop"} {
		w.service(fmt.Sprintf("svc_%d", n), fmt.Sprintf("s-%d", 9-n), "prj_"+in, "srv_shop")
	}
	w.settle()

	projects := whole(t, func(p projections.PageRequest) ([]projections.Project, string, error) {
		return w.Projects(w.ctx, w.org, p)
	})
	servers := whole(t, func(p projections.PageRequest) ([]projections.Server, string, error) {
		return w.Servers(w.ctx, w.org, p)
	})
	names := func() (of [2][]string) {
		for _, p := range projects {
			of[0] = append(of[0], p.ID)
		}
		for _, s := range servers {
			of[1] = append(of[1], s.ID)
		}
		return of
	}()
	require.Equal(t, []string{"prj_api", "prj_blog", "prj_docs", "prj_shop", "prj_wiki"}, names[0])
	require.Equal(t, []string{"srv_api", "srv_blog", "srv_docs", "srv_shop", "srv_wiki"}, names[1])

	slugs := func(project string) (of []string) {
		for _, s := range whole(t, func(p projections.PageRequest) ([]projections.Service, string, error) {
			return w.Services(w.ctx, w.org, project, p)
		}) {
			of = append(of, s.ProjectSlug+"/"+s.Slug)
		}
		return of
	}
	require.Equal(t, []string{"api/s-6", "blog/s-8", "shop/s-5", "shop/s-7", "shop/s-9"}, slugs(""))
	require.Equal(t, []string{"shop/s-5", "shop/s-7", "shop/s-9"}, slugs("prj_shop"))
}

func TestRowsThatComeBetweenPagesHideNoOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, slug := range []string{"b", "d", "f"} {
		w.project("prj_"+slug, slug)
	}
	w.settle()
	rows, next, err := w.Projects(w.ctx, w.org, projections.PageRequest{Limit: 2})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	w.project("prj_a", "a")
	w.project("prj_e", "e")
	w.settle()
	rows, next, err = w.Projects(w.ctx, w.org, projections.PageRequest{Limit: 2, Cursor: next})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, []string{"e", "f"}, []string{rows[0].Slug, rows[1].Slug})
}

func TestACursorOfSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.settle()
	for _, cursor := range []string{"nonsense!", "bm90IGpzb24", "W10", "WyJhIiwiYiJd", "WyJcdTAwMDAiXQ"} {
		_, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{Cursor: cursor})
		require.Equal(t, domain.Invalid, domain.CodeOf(err), "%s: %v", cursor, err)
	}
	rows, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{Limit: 100_000})
	require.NoError(t, err)
	require.Len(t, rows, 1)
}
