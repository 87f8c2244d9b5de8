package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/plane"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/source"
)

// fetch puts a build's source below dir and answers its tree, narrowed to the service's directory.
func (u *Builder) fetch(ctx context.Context, b wire.Build, dir string) (tree string, c source.Commit, err error) {
	tree = filepath.Join(dir, "source")
	if err := disk.Dir(tree); err != nil {
		return "", c, err
	}
	switch {
	case b.UploadID != "":
		err = u.fetchUpload(ctx, b, filepath.Join(dir, "upload.tar.gz"), tree)
	case b.Repository != "":
		c, err = u.fetchRepository(ctx, b, dir, tree)
	default:
		err = &runtime.Error{Code: runtime.CodeBadSource, Message: "there is nothing to build: run `syn deploy` in a directory, or set a Git repository"}
	}
	if err != nil {
		return "", c, err
	}
	tree, err = narrow(tree, b.Directory)
	return tree, c, err
}

// fetchRepository gets a commit of a Git repository.
func (u *Builder) fetchRepository(ctx context.Context, b wire.Build, dir, tree string) (source.Commit, error) {
	from := source.Repository{URL: b.Repository, Ref: b.Ref, Token: b.Token, Scratch: dir}
	if filepath.IsAbs(from.URL) {
		path, err := u.allowed(from.URL)
		if err != nil {
			return source.Commit{}, err
		}
		from.URL = path
	}
	return source.Fetch(ctx, from, tree, source.DefaultLimits)
}

// allowed returns where a path of this server leads, if that is below a root: whoever may configure a service must not
// read what else is on the server.
func (u *Builder) allowed(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		for _, root := range u.opts.RepositoryRoots {
			if root, err := filepath.EvalSymlinks(root); err == nil && isWithin(real, root) {
				return real, nil
			}
		}
	}
	return "", &runtime.Error{Code: runtime.CodeBadSource, Message: fmt.Sprintf(
		"this server builds no repository at %s: name an https URL in source.repository, or let who runs the server start "+
			"its agent with --repository-root and the folder that the repository is in", path)}
}

// isWithin reports whether a path is a folder or in it. Both are clean and without links.
func isWithin(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}

// narrow returns the service's directory inside the source. Links cannot lead out of it.
func narrow(tree, directory string) (string, error) {
	if directory == "" {
		return tree, nil
	}
	bad := &runtime.Error{Code: runtime.CodeBadSource, Message: fmt.Sprintf("the source has no directory %q: correct source.directory", directory)}
	resolved, err := filepath.EvalSymlinks(filepath.Join(tree, filepath.FromSlash(directory)))
	if err != nil {
		return "", bad
	}
	root, err := filepath.EvalSymlinks(tree)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(resolved)
	if err != nil || !info.IsDir() || !isWithin(resolved, root) {
		return "", bad
	}
	return resolved, nil
}

// fetchUpload downloads an archive, checks that it is the one that was uploaded, and unpacks it.
func (u *Builder) fetchUpload(ctx context.Context, b wire.Build, file, tree string) error {
	if !wire.IsID(b.UploadID) {
		return fmt.Errorf("the build names upload %q, which is no id", b.UploadID)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("fetch the source: %w", err)
	}
	defer f.Close()
	sum, err := u.opts.Download(ctx, wire.UploadPath+b.UploadID, f, source.DefaultLimits.ArchiveBytes)
	if errors.Is(err, plane.ErrGone) {
		return &runtime.Error{Code: runtime.CodeBadSource, Message: "the uploaded source is not there any more: deploy again"}
	}
	if err != nil {
		return fmt.Errorf("fetch the source: %w", err)
	}
	if b.Digest != "" && sum != b.Digest {
		return fmt.Errorf("fetch the source: it arrived as %s and should be %s", sum, b.Digest)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("fetch the source: %w", err)
	}
	return source.Unpack(ctx, f, tree, source.DefaultLimits)
}
