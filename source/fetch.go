package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/http"
)

// Repository names what Fetch gets.
type Repository struct {
	// URL is https://…, or the absolute path of a repository on this machine.
	URL string
	// Ref is a branch, a tag or a full commit id; "" is the repository's default branch.
	Ref string
	// Token of a private repository. It is in no error and on no disk.
	Token string
	// CABundle (PEM) is trusted besides the system's roots.
	CABundle []byte
	// Scratch is a folder for what is fetched, as big as the repository's newest commit; "" is the system's for temporary
	// files.
	Scratch string
}

// Fetch writes the tree of one commit into dir, which must exist and should be empty: without history, .git or
// submodules. What a person can put right (no such repository, a bad token, no such branch, a tree that leaves its folder)
// is an error of code runtime.CodeBadSource.
func Fetch(ctx context.Context, from Repository, dir string, limits Limits) (Commit, error) {
	repo, done, err := openRepository(ctx, from, limits)
	if err != nil {
		return Commit{}, err
	}
	defer done()
	hash, branch, err := resolve(repo, from.Ref)
	if err != nil {
		return Commit{}, badSource("%s has no branch, tag or commit %q: correct source.branch", from.URL, from.Ref)
	}
	commit, err := repo.CommitObject(hash)
	if err != nil {
		return Commit{}, badSource("commit %.12s of %s cannot be read: %v", hash, from.URL, err)
	}
	if err := export(ctx, commit, dir, limits); err != nil {
		return Commit{}, err
	}
	return commitOf(commit, branch), nil
}

// openRepository opens a local repository where it lies, or fetches one commit of a remote one.
func openRepository(ctx context.Context, from Repository, limits Limits) (*git.Repository, func(), error) {
	if filepath.IsAbs(from.URL) {
		repo, err := git.PlainOpenWithOptions(from.URL, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
		if errors.Is(err, git.ErrRepositoryNotExists) {
			return nil, nil, badSource("there is no Git repository at %s on this server", from.URL)
		}
		if err != nil {
			return nil, nil, badSource("the Git repository at %s cannot be read: %v", from.URL, err)
		}
		return repo, func() {}, nil
	}
	if !strings.HasPrefix(from.URL, "https://") {
		return nil, nil, badSource("the repository %q is neither an https URL nor an absolute path", from.URL)
	}
	tmp, err := os.MkdirTemp(from.Scratch, "syntra-git-")
	if err != nil {
		return nil, nil, fmt.Errorf("fetch %s: %w", from.URL, err)
	}
	done := func() { _ = os.RemoveAll(tmp) }
	repo, err := git.Init(newBounded(tmp, limits.ArchiveBytes), nil)
	if err == nil {
		err = fetchRemote(ctx, repo, from)
	}
	if err != nil {
		done()
		return nil, nil, explainFetch(ctx, from, limits, err)
	}
	return repo, done, nil
}

func fetchRemote(ctx context.Context, repo *git.Repository, from Repository) error {
	remote, err := repo.CreateRemote(&config.RemoteConfig{Name: git.DefaultRemoteName, URLs: []string{from.URL}})
	if err != nil {
		return err
	}
	var auth transport.AuthMethod
	if from.Token != "" {
		// GitHub, GitLab and Bitbucket take a token as the password of any user; this name suits all.
		auth = &http.BasicAuth{Username: "x-access-token", Password: from.Token}
	}
	refs, err := remote.ListContext(ctx, &git.ListOptions{Auth: auth, CABundle: from.CABundle})
	if err != nil {
		return err
	}
	spec, err := wanted(refs, from.Ref)
	if err != nil {
		return err
	}
	err = remote.FetchContext(ctx, &git.FetchOptions{
		Auth: auth, CABundle: from.CABundle, Depth: 1, Tags: git.NoTags, Force: true, RefSpecs: []config.RefSpec{spec},
	})
	if errors.Is(err, git.NoErrAlreadyUpToDate) {
		err = nil
	}
	return err
}

// fetched is the local name of a commit that was asked for by its id.
const fetched = "refs/syntra/fetched"

// wanted answers what to fetch for a ref, by the names the remote has.
func wanted(refs []*plumbing.Reference, ref string) (config.RefSpec, error) {
	if plumbing.IsHash(ref) {
		return config.RefSpec(ref + ":" + fetched), nil
	}
	names := map[plumbing.ReferenceName]*plumbing.Reference{}
	for _, r := range refs {
		names[r.Name()] = r
	}
	candidates := []plumbing.ReferenceName{plumbing.NewBranchReferenceName(ref), plumbing.NewTagReferenceName(ref)}
	if ref == "" {
		candidates = nil
		if head := names[plumbing.HEAD]; head != nil && head.Type() == plumbing.SymbolicReference {
			candidates = []plumbing.ReferenceName{head.Target()}
		}
	}
	for _, name := range candidates {
		if names[name] != nil {
			return config.RefSpec("+" + name.String() + ":" + name.String()), nil
		}
	}
	return "", plumbing.ErrReferenceNotFound
}

// resolve finds a ref in a repository. The branch is "" for tags and commits.
func resolve(repo *git.Repository, ref string) (plumbing.Hash, string, error) {
	if plumbing.IsHash(ref) {
		return plumbing.NewHash(ref), "", nil
	}
	if ref == "" {
		return resolveDefault(repo)
	}
	if r, err := repo.Reference(plumbing.NewBranchReferenceName(ref), true); err == nil {
		return r.Hash(), ref, nil
	}
	r, err := repo.Reference(plumbing.NewTagReferenceName(ref), true)
	if err != nil {
		return plumbing.ZeroHash, "", err
	}
	if tag, err := repo.TagObject(r.Hash()); err == nil { // annotated
		c, err := tag.Commit()
		if err != nil {
			return plumbing.ZeroHash, "", err
		}
		return c.Hash, "", nil
	}
	return r.Hash(), "", nil
}

func resolveDefault(repo *git.Repository) (plumbing.Hash, string, error) {
	if head, err := repo.Head(); err == nil {
		branch := ""
		if head.Name().IsBranch() {
			branch = head.Name().Short()
		}
		return head.Hash(), branch, nil
	}
	// A repository that was just fetched into holds one branch only, and its HEAD names another.
	branches, err := repo.Branches()
	if err != nil {
		return plumbing.ZeroHash, "", err
	}
	defer branches.Close()
	r, err := branches.Next()
	if err != nil {
		return plumbing.ZeroHash, "", err
	}
	return r.Hash(), r.Name().Short(), nil
}

func explainFetch(ctx context.Context, from Repository, limits Limits, err error) error {
	var noRef git.NoMatchingRefSpecError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("fetch %s: %w", from.URL, ctx.Err())
	case errors.Is(err, errPackTooLarge):
		return tooLarge("commit %q of %s has more than the %s that a source may have packed: keep what is not source out of it",
			from.Ref, from.URL, megabytes(limits.ArchiveBytes))
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return badSource("there is no repository %s, or it is private: correct source.repository, or set source.token_name", from.URL)
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return badSource("the repository %s is empty: push a commit first", from.URL)
	case errors.Is(err, transport.ErrAuthenticationRequired) && from.Token == "":
		return badSource("the repository %s is private or does not exist: put an access token into the environment and name it in source.token_name", from.URL)
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return badSource("the repository %s refuses the access token: it may have expired, or lack the right to read", from.URL)
	case errors.Is(err, plumbing.ErrReferenceNotFound), errors.Is(err, plumbing.ErrObjectNotFound), errors.As(err, &noRef):
		return badSource("%s has no branch, tag or commit %q: correct source.branch", from.URL, from.Ref)
	case plumbing.IsHash(from.Ref) && strings.Contains(err.Error(), "not our ref"):
		return badSource("%s has no commit %s: correct source.branch", from.URL, from.Ref)
	}
	return fmt.Errorf("fetch %s: %w", from.URL, err) // the network: worth another try
}

// export writes a commit's tree.
func export(ctx context.Context, commit *object.Commit, dir string, limits Limits) error {
	tree, err := commit.Tree()
	if err != nil {
		return badSource("the tree of commit %.12s cannot be read: %v", commit.Hash, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("write the source: %w", err)
	}
	defer root.Close()
	return exportTree(ctx, tree, root, newGuard(limits))
}
