package source

import (
	"errors"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/go-git/go-billy/v5/osfs"
)

// maxSubject bounds a commit's first line, in bytes.
const maxSubject = 200

// Commit says where a source came from.
type Commit struct {
	SHA     string
	Branch  string // "" for a detached head or a bare commit
	Subject string // first line of the message
	// Dirty: the directory differs from the commit (Describe only).
	Dirty bool
}

func commitOf(c *object.Commit, branch string) Commit {
	subject, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	if len(subject) > maxSubject {
		subject = strings.ToValidUTF8(subject[:maxSubject], "") + "…"
	}
	return Commit{SHA: c.Hash.String(), Branch: branch, Subject: strings.ToValidUTF8(subject, "�")}
}

// Describe tells the commit of a working directory (or of a folder in one). It answers false where there is no repository
// or no commit yet.
func Describe(dir string) (Commit, bool, error) {
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, git.ErrRepositoryNotExists) {
		return Commit{}, false, nil
	}
	if err != nil {
		return Commit{}, false, badSource("the Git repository of %s cannot be read: %v", dir, err)
	}
	head, err := repo.Head()
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return Commit{}, false, nil
	}
	if err != nil {
		return Commit{}, false, badSource("the Git repository of %s cannot be read: %v", dir, err)
	}
	at, err := repo.CommitObject(head.Hash())
	if err != nil {
		return Commit{}, false, badSource("the Git repository of %s cannot be read: %v", dir, err)
	}
	branch := ""
	if head.Name().IsBranch() {
		branch = head.Name().Short()
	}
	c := commitOf(at, branch)
	tree, err := repo.Worktree()
	if errors.Is(err, git.ErrIsBareRepository) {
		return c, true, nil
	}
	if err != nil {
		return Commit{}, false, badSource("the Git repository of %s cannot be read: %v", dir, err)
	}
	// What a person ignores everywhere is not a change.
	if global, err := gitignore.LoadGlobalPatterns(osfs.New("/")); err == nil {
		tree.Excludes = append(tree.Excludes, global...)
	}
	status, err := tree.StatusWithOptions(git.StatusOptions{Strategy: git.Preload})
	if err != nil {
		return Commit{}, false, badSource("the state of the Git repository of %s cannot be read: %v", dir, err)
	}
	c.Dirty = !status.IsClean()
	return c, true, nil
}
