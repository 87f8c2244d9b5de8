package source_test

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/source"
)

// repository is a Git repository with two commits on main, one on feature, and the tag v1 on the first.
type repository struct {
	dir                    string
	first, second, feature string
}

func newRepository(t testing.TB) repository {
	t.Helper()
	r := repository{dir: t.TempDir()}
	repo, err := git.PlainInitWithOptions(r.dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}})
	require.NoError(t, err)
	tree, err := repo.Worktree()
	require.NoError(t, err)
	commit := func(message string, files map[string]string) string {
		for name, content := range files {
			path := filepath.Join(r.dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(content), 0o755))
			_, err := tree.Add(name)
			require.NoError(t, err)
		}
		who := &object.Signature{Name: "Ada", Email: "ada@example.com", When: time.Unix(1700000000, 0)}
		hash, err := tree.Commit(message, &git.CommitOptions{Author: who})
		require.NoError(t, err)
		return hash.String()
	}
	r.first = commit("Begin\n\nlonger text", map[string]string{"a.txt": "one", "sub/b.txt": "b"})
	_, err = repo.CreateTag("v1", plumbing.NewHash(r.first), &git.CreateTagOptions{Tagger: &object.Signature{Name: "Ada"}, Message: "first"})
	require.NoError(t, err)
	r.second = commit("Go on", map[string]string{"a.txt": "two"})
	require.NoError(t, tree.Checkout(&git.CheckoutOptions{Branch: "refs/heads/feature", Create: true}))
	r.feature = commit("Try something", map[string]string{"a.txt": "three"})
	require.NoError(t, tree.Checkout(&git.CheckoutOptions{Branch: "refs/heads/main"}))
	return r
}

// serve answers the repository's https URL, which wants the token if there is one.
func (r repository) serve(t testing.TB, token string) (url string, ca []byte) {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Skip("left out, since there is no git command to serve a repository with")
	}
	handler := &cgi.Handler{Path: path, Args: []string{"http-backend"}, Env: []string{
		"GIT_PROJECT_ROOT=" + filepath.Dir(r.dir), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=2",
		"GIT_CONFIG_KEY_0=uploadpack.allowReachableSHA1InWant", "GIT_CONFIG_VALUE_0=true", "GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=*",
	}}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, password, _ := req.BasicAuth(); token != "" && password != token {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return server.URL + "/" + filepath.Base(r.dir) + "/.git", ca
}

func TestFetch(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	url, ca := repo.serve(t, "let-me-in")
	for place, from := range map[string]source.Repository{
		"from a path":    {URL: repo.dir},
		"over https":     {URL: url, CABundle: ca, Token: "let-me-in"},
		"of a bare path": {URL: filepath.Join(repo.dir, ".git")},
	} {
		for name, c := range map[string]struct{ ref, sha, branch, subject, content string }{
			"a branch":           {"feature", repo.feature, "feature", "Try something", "three"},
			"the default branch": {"", repo.second, "main", "Go on", "two"},
			"a tag":              {"v1", repo.first, "", "Begin", "one"},
			"a commit":           {repo.first, repo.first, "", "Begin", "one"},
		} {
			t.Run(place+" "+name, func(t *testing.T) {
				t.Parallel()
				from := from
				from.Ref = c.ref
				dir := t.TempDir()
				got, err := source.Fetch(t.Context(), from, dir, source.DefaultLimits)
				require.NoError(t, err)
				require.Equal(t, source.Commit{SHA: c.sha, Branch: c.branch, Subject: c.subject}, got)
				require.Equal(t, []string{"a.txt", "sub/b.txt"}, filesIn(t, dir))
				content, err := os.ReadFile(filepath.Join(dir, "a.txt"))
				require.NoError(t, err)
				require.Equal(t, c.content, string(content))
				info, err := os.Stat(filepath.Join(dir, "a.txt"))
				require.NoError(t, err)
				require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
			})
		}
	}
}

func TestFetch_tellsWhatToPutRight(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	open, openCA := repo.serve(t, "")
	closed, closedCA := repo.serve(t, "let-me-in")
	none := strings.Repeat("0", 39) + "1"
	for name, c := range map[string]struct {
		from source.Repository
		want string
	}{
		"no such branch":         {source.Repository{URL: repo.dir, Ref: "nope"}, `has no branch, tag or commit "nope"`},
		"no such remote branch":  {source.Repository{URL: open, CABundle: openCA, Ref: "nope"}, `has no branch, tag or commit "nope"`},
		"no such remote commit":  {source.Repository{URL: open, CABundle: openCA, Ref: none}, "has no"},
		"no such commit":         {source.Repository{URL: repo.dir, Ref: none}, "cannot be read"},
		"no repository there":    {source.Repository{URL: t.TempDir()}, "there is no Git repository at"},
		"no repository at a URL": {source.Repository{URL: strings.Replace(open, "/.git", "/gone", 1), CABundle: openCA}, "there is no repository"},
		"token missing":          {source.Repository{URL: closed, CABundle: closedCA}, "source.token_name"},
		"token wrong":            {source.Repository{URL: closed, CABundle: closedCA, Token: "wrong-token"}, "refuses the access token"},
		"not https":              {source.Repository{URL: "http://example.com/x"}, "neither an https URL"},
		"a relative path":        {source.Repository{URL: "../x"}, "neither an https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := source.Fetch(t.Context(), c.from, t.TempDir(), source.DefaultLimits)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err))
			require.NotContains(t, err.Error(), "wrong-token")
		})
	}
}

func TestFetch_takesNoMoreThanTheLimitFromARemote(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	noise := make([]byte, 1<<20)
	_, _ = rand.Read(noise)
	url, ca := repo.add(t, "noise.bin", noise).serve(t, "")
	scratch := t.TempDir()
	limits := source.DefaultLimits
	limits.ArchiveBytes = 64 << 10
	from := source.Repository{URL: url, CABundle: ca, Ref: "main", Scratch: scratch}
	_, err := source.Fetch(t.Context(), from, t.TempDir(), limits)
	require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "more than the 0.1 MB")
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	require.Empty(t, left)

	limits.ArchiveBytes = 2 << 20
	_, err = source.Fetch(t.Context(), from, t.TempDir(), limits)
	require.NoError(t, err)
}

// add commits one more file to the branch that is checked out.
func (r repository) add(t testing.TB, name string, content []byte) repository {
	t.Helper()
	repo, err := git.PlainOpen(r.dir)
	require.NoError(t, err)
	tree, err := repo.Worktree()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, name), content, 0o600))
	_, err = tree.Add(name)
	require.NoError(t, err)
	_, err = tree.Commit("Add "+name, &git.CommitOptions{Author: &object.Signature{Name: "Ada", Email: "ada@example.com"}})
	require.NoError(t, err)
	return r
}

func TestFetch_networkTroubleIsNotTheUsersFault(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	_, err := source.Fetch(t.Context(), source.Repository{URL: server.URL + "/x"}, t.TempDir(), source.DefaultLimits)
	require.Error(t, err)
	require.Empty(t, runtime.CodeOf(err))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = source.Fetch(ctx, source.Repository{URL: server.URL + "/x"}, t.TempDir(), source.DefaultLimits)
	require.ErrorIs(t, err, context.Canceled)
}

func TestFetch_refusesTreesThatLeaveTheirFolder(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	opened, err := git.PlainOpen(repo.dir)
	require.NoError(t, err)
	tree, err := opened.Worktree()
	require.NoError(t, err)
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(repo.dir, "l")))
	_, err = tree.Add("l")
	require.NoError(t, err)
	_, err = tree.Commit("Add a link", &git.CommitOptions{Author: &object.Signature{Name: "Ada"}})
	require.NoError(t, err)
	_, err = source.Fetch(t.Context(), source.Repository{URL: repo.dir}, t.TempDir(), source.DefaultLimits)
	require.ErrorContains(t, err, "/etc/passwd")
	require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err))
	_, err = source.Fetch(t.Context(), source.Repository{URL: repo.dir, Ref: repo.first}, t.TempDir(), source.Limits{Files: 1})
	require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err))
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	_, ok, err := source.Describe(t.TempDir())
	require.NoError(t, err)
	require.False(t, ok, "no repository")

	repo := newRepository(t)
	want := source.Commit{SHA: repo.second, Branch: "main", Subject: "Go on"}
	got, ok, err := source.Describe(repo.dir)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, want, got)
	got, _, err = source.Describe(filepath.Join(repo.dir, "sub"))
	require.NoError(t, err)
	require.Equal(t, want, got, "a folder of the repository")

	require.NoError(t, os.WriteFile(filepath.Join(repo.dir, "new.txt"), nil, 0o600))
	got, _, err = source.Describe(repo.dir)
	require.NoError(t, err)
	require.True(t, got.Dirty)

	empty := t.TempDir()
	_, err = git.PlainInit(empty, false)
	require.NoError(t, err)
	_, ok, err = source.Describe(empty)
	require.NoError(t, err)
	require.False(t, ok, "no commit yet")
}
