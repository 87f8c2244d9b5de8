package upload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/id"
)

// Stat returns an upload of an organization, or NotFound. One that another replica took is fetched.
func (s *Store) Stat(ctx context.Context, org, uploadID string) (Upload, error) {
	up, err := s.statHere(org, uploadID)
	if domain.CodeOf(err) != domain.NotFound || s.Elsewhere == nil || !id.Is(id.Organization, org) ||
		!id.Is(id.Upload, uploadID) {
		return up, err
	}
	return s.fetch(ctx, org, uploadID)
}

// fetch keeps an archive that another replica has. Its id is made of its digest, so that another archive is noticed.
func (s *Store) fetch(ctx context.Context, org, uploadID string) (Upload, error) {
	archive, err := s.Elsewhere(ctx, org, uploadID)
	if err != nil {
		return Upload{}, err
	}
	defer archive.Close()
	up, err := s.Put(ctx, org, archive)
	if err != nil {
		return Upload{}, fmt.Errorf("upload: fetch %s from another replica: %w", uploadID, err)
	}
	if up.ID != uploadID {
		return Upload{}, fmt.Errorf("upload: another replica sent %s for %s", up.ID, uploadID)
	}
	return up, nil
}

func (s *Store) statHere(org, uploadID string) (Upload, error) {
	var up Upload
	dir, err := s.folder(org)
	if err != nil {
		return up, err
	}
	if !id.Is(id.Upload, uploadID) {
		return up, missing(uploadID)
	}
	name := filepath.Join(dir, uploadID)
	if _, err := os.Stat(name + suffixArchive); errors.Is(err, fs.ErrNotExist) {
		return up, missing(uploadID)
	} else if err != nil {
		return up, fmt.Errorf("upload: %w", err)
	}
	about, err := os.ReadFile(name + suffixAbout)
	if errors.Is(err, fs.ErrNotExist) {
		return up, missing(uploadID)
	}
	if err == nil {
		err = json.Unmarshal(about, &up)
	}
	if err != nil {
		return up, fmt.Errorf("upload: read %s: %w", uploadID, err)
	}
	return up, nil
}

// Open returns an archive and its size in bytes, or NotFound. One that another replica took is fetched. The caller
// closes it.
func (s *Store) Open(ctx context.Context, org, uploadID string) (io.ReadCloser, int64, error) {
	if _, err := s.Stat(ctx, org, uploadID); err != nil {
		return nil, 0, err
	}
	return s.OpenHere(ctx, org, uploadID)
}

// OpenHere is Open of what this replica has.
func (s *Store) OpenHere(_ context.Context, org, uploadID string) (io.ReadCloser, int64, error) {
	up, err := s.statHere(org, uploadID)
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(filepath.Join(s.dir, org, uploadID+suffixArchive))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, missing(uploadID)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("upload: %w", err)
	}
	return f, up.Size, nil
}
