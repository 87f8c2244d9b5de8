package source

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// exportTree lays a commit's files under the same guard as an archive's: a repository is written by strangers as well.
func exportTree(ctx context.Context, tree *object.Tree, root *os.Root, g *guard) error {
	walker := object.NewTreeWalker(tree, true, nil)
	defer walker.Close()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, item, err := walker.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badSource("the commit's tree cannot be read: %v", err)
		}
		e := entry{mode: 0o644}
		switch item.Mode {
		case filemode.Dir, filemode.Submodule:
			continue // folders come with their files
		case filemode.Executable:
			e.mode, e.kind = 0o755, tar.TypeReg
		case filemode.Regular, filemode.Deprecated:
			e.kind = tar.TypeReg
		case filemode.Symlink:
			e.kind = tar.TypeSymlink
		default:
			return badSource("%q in the commit is of an unknown kind", name)
		}
		if e.name, err = checkName(name); err != nil {
			return err
		}
		file, err := tree.File(name)
		if err != nil {
			return badSource("%q in the commit cannot be read: %v", name, err)
		}
		if err := exportFile(root, g, e, file); err != nil {
			return err
		}
	}
}

func exportFile(root *os.Root, g *guard, e entry, file *object.File) error {
	content, err := file.Reader()
	if err != nil {
		return badSource("%q in the commit cannot be read: %v", e.name, err)
	}
	defer content.Close()
	e.size = file.Size
	if e.kind == tar.TypeSymlink {
		target, err := io.ReadAll(io.LimitReader(content, maxName+1))
		if err != nil {
			return badSource("%q in the commit cannot be read: %v", e.name, err)
		}
		e.link = string(target)
	}
	if err := g.add(e); err != nil {
		return err
	}
	if err := lay(root, e, content); err != nil {
		// A repository made where names differ by case only cannot be laid out everywhere.
		if errors.Is(err, fs.ErrExist) {
			return badSource("%q in the commit is there twice", strings.ToValidUTF8(e.name, "?"))
		}
		return fmt.Errorf("write the source: %w", err)
	}
	return nil
}
