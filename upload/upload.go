// Package upload keeps source archives that people send, on disk, until they are built. An archive is checked while it
// arrives: what is kept can be unpacked without harm.
package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/source"
)

// Upload is a kept archive.
type Upload struct {
	ID     string `json:"id" doc:"Deploy it with this id." example:"upl_06f3w2b9d1h5k8m2p4r6t8v0xy"`
	Digest string `json:"digest" doc:"Of the archive as sent." example:"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Size   int64  `json:"size" doc:"In bytes, compressed." example:"48213"`
}

// Store is a folder with one folder per organization.
type Store struct {
	// Elsewhere opens an archive that another replica of the platform has, or answers NotFound; nil where there is no other.
	// It is set before the store is used.
	Elsewhere func(ctx context.Context, org, uploadID string) (io.ReadCloser, error)

	dir    string
	limits source.Limits
	now    func() time.Time
}

// Open uses a folder. Zero limits are source.DefaultLimits.
func Open(dir string, limits source.Limits) (*Store, error) {
	if limits == (source.Limits{}) {
		limits = source.DefaultLimits
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	return &Store{dir: dir, limits: limits, now: time.Now}, nil
}

// Put keeps an archive. The same archive again is the same upload, kept anew. A bad archive is a domain.Error (Invalid), one
// that is too big TooLarge; nothing of it stays.
func (s *Store) Put(ctx context.Context, org string, r io.Reader) (Upload, error) {
	dir, err := s.folder(org)
	if err != nil {
		return Upload{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Upload{}, fmt.Errorf("upload: %w", err)
	}
	f, err := os.CreateTemp(dir, temporary+"*")
	if err != nil {
		return Upload{}, fmt.Errorf("upload: %w", err)
	}
	defer os.Remove(f.Name()) // gone already where all went well
	defer f.Close()
	up, err := s.receive(ctx, f, r)
	if err != nil {
		return Upload{}, err
	}
	up.ID = id.Derived(id.Upload, org, up.Digest)
	return up, s.keep(dir, f, up)
}

// receive copies, measures and checks in one pass.
func (s *Store) receive(ctx context.Context, f *os.File, r io.Reader) (Upload, error) {
	limited := &limitedReader{ctx: ctx, r: r, left: s.limits.ArchiveBytes, max: s.limits.ArchiveBytes}
	hash := sha256.New()
	tee := io.TeeReader(limited, io.MultiWriter(f, hash))
	err := source.Check(tee, s.limits)
	if err == nil {
		_, err = io.Copy(io.Discard, tee) // what follows the archive's end belongs to the digest too
	}
	switch {
	case limited.err != nil: // why the archive seemed broken
		return Upload{}, limited.err
	case err != nil:
		return Upload{}, err
	}
	return Upload{Digest: "sha256:" + hex.EncodeToString(hash.Sum(nil)), Size: limited.max - limited.left}, nil
}

// keep gives the archive its name, with what is known of it beside it. The archive comes last: it makes the upload exist.
func (s *Store) keep(dir string, f *os.File, up Upload) error {
	about, err := json.Marshal(up)
	if err == nil {
		err = f.Sync()
	}
	name := filepath.Join(dir, up.ID)
	if err == nil {
		err = writeFile(name+suffixAbout, about)
	}
	if err == nil {
		err = os.Rename(f.Name(), name+suffixArchive)
	}
	if err != nil {
		return fmt.Errorf("upload: keep %s: %w", up.ID, err)
	}
	return nil
}

const (
	suffixArchive = ".tar.gz"
	suffixAbout   = ".json"
	temporary     = ".part-"
)

func writeFile(name string, data []byte) error {
	temp := name + temporary
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, name)
}

func (s *Store) folder(org string) (string, error) {
	if !id.Is(id.Organization, org) {
		return "", domain.Errorf(domain.NotFound, "organization %q does not exist", org)
	}
	return filepath.Join(s.dir, org), nil
}

func missing(uploadID string) error {
	return domain.Errorf(domain.NotFound, "upload %q does not exist or has expired: send the directory again", uploadID)
}

// limitedReader refuses what is too big, and stops when ctx ends.
type limitedReader struct {
	ctx       context.Context
	r         io.Reader
	left, max int64
	err       error
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if err := l.ctx.Err(); err != nil {
		l.err = err
		return 0, err
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1] // one more than allowed tells too big from just fitting
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		l.err = domain.Errorf(domain.TooLarge, "the archive is bigger than %d MiB: leave out what the build does not need with .dockerignore or .gitignore", l.max>>20).WithReason("archive_too_large")
		return 0, l.err
	}
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		l.err = fmt.Errorf("upload: receive: %w", err)
	}
	return n, err
}
