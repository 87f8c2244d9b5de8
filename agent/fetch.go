package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/source"
)

// fetch puts a build's source below dir and answers its tree, narrowed to the service's directory.
func (a *Agent) fetch(ctx context.Context, b wire.Build, dir string) (tree string, c source.Commit, err error) {
	tree = filepath.Join(dir, "source")
	if err := disk.Dir(tree); err != nil {
		return "", c, err
	}
	switch {
	case b.UploadID != "":
		err = a.fetchUpload(ctx, b, filepath.Join(dir, "upload.tar.gz"), tree)
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

// narrow answers the service's directory inside the source. Links cannot lead out of it.
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
func (a *Agent) fetchUpload(ctx context.Context, b wire.Build, file, tree string) error {
	if !idPattern.MatchString(b.UploadID) {
		return fmt.Errorf("the build names upload %q, which is no id", b.UploadID)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("fetch the source: %w", err)
	}
	defer f.Close()
	sum, err := a.download(ctx, wire.UploadPath+b.UploadID, f)
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

// download gets a file from the control plane with whichever token it accepts, and answers its digest.
func (a *Agent) download(ctx context.Context, path string, to io.Writer) (digest string, err error) {
	address, err := a.address(path)
	if err != nil {
		return "", err
	}
	err = errors.New("the agent has no token")
	for _, token := range a.identity.Tokens(a.opts.Token) {
		var req *http.Request
		if req, err = http.NewRequestWithContext(ctx, http.MethodGet, address, nil); err != nil {
			return "", err
		}
		req.Header = a.headers(token)
		var res *http.Response
		if res, err = a.opts.HTTP.Do(req); err != nil {
			return "", err
		}
		if res.StatusCode == http.StatusOK {
			defer res.Body.Close()
			sum := sha256.New()
			if _, err := io.Copy(io.MultiWriter(to, sum), io.LimitReader(res.Body, source.DefaultLimits.ArchiveBytes+1)); err != nil {
				return "", err
			}
			return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
		}
		err = fmt.Errorf("the control plane answered %d: %s", res.StatusCode, detailOf(res))
		status := res.StatusCode
		_ = res.Body.Close() // it was read as far as it matters
		switch status {
		case http.StatusUnauthorized:
			continue
		case http.StatusNotFound:
			return "", &runtime.Error{Code: runtime.CodeBadSource, Message: "the uploaded source is not there any more: deploy again"}
		}
		return "", err
	}
	return "", err
}
