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
		c, err = source.Fetch(ctx, source.Repository{URL: b.Repository, Ref: b.Ref, Token: b.Token}, tree, source.DefaultLimits)
	default:
		err = &runtime.Error{Code: runtime.CodeBadSource, Message: "there is nothing to build: run `syn deploy` in a directory, or set a Git repository"}
	}
	if err != nil {
		return "", c, err
	}
	tree, err = narrow(tree, b.Directory)
	return tree, c, err
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
	if err != nil || !info.IsDir() || (resolved != root && !strings.HasPrefix(resolved, root+string(filepath.Separator))) {
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
