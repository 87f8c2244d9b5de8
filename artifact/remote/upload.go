package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/artifact"
)

// piece is how much of a blob is sent at once, in bytes: as much as has to be sent again after a break.
const piece = 8 << 20

// pushBlob sends a blob that the registry does not have. body is verified as it is read: a blob that is not whole breaks
// the upload.
func (s *Store) pushBlob(ctx context.Context, owner artifact.Owner, d v1.Descriptor, body io.Reader) error {
	var known bool
	err := s.patiently(ctx, func() error {
		res, err := s.do(ctx, http.MethodHead, s.path(owner, "blobs", d.Digest.String()), nil, -1, nil)
		if artifact.CodeOf(err) == artifact.BlobUnknown {
			return nil
		}
		if err != nil {
			return err
		}
		known = true
		return res.Body.Close()
	})
	if err != nil || known {
		return err
	}
	at, err := s.beginUpload(ctx, owner)
	if err != nil {
		return err
	}
	buffer := make([]byte, min(piece, d.Size))
	for sent := int64(0); sent < d.Size; {
		n, err := io.ReadFull(body, buffer[:min(piece, d.Size-sent)])
		if err != nil {
			return errors.Join(err, s.abandon(ctx, at))
		}
		if err := s.sendPiece(ctx, at, sent, buffer[:n]); err != nil {
			return err
		}
		sent += int64(n)
	}
	if _, err := io.Copy(io.Discard, body); err != nil { // its end tells whether it was the right one
		return errors.Join(err, s.abandon(ctx, at))
	}
	return s.endUpload(ctx, owner, at, d)
}

func (s *Store) beginUpload(ctx context.Context, owner artifact.Owner) (at *url.URL, err error) {
	err = s.patiently(ctx, func() error {
		res, err := s.do(ctx, http.MethodPost, s.path(owner, "blobs", "uploads")+"/", nil, 0, nil)
		if err != nil {
			return err
		}
		_ = res.Body.Close() // it is empty
		at, err = res.Request.URL.Parse(res.Header.Get("Location"))
		if err != nil {
			return fmt.Errorf("the registry names no place for an upload: %w", err)
		}
		if at.Host != res.Request.URL.Host { // the token is not for it
			return fmt.Errorf("the registry sends uploads to another host, %s", at.Host)
		}
		return nil
	})
	return at, err
}

// sendPiece sends a piece, and after a break what of it has not arrived.
func (s *Store) sendPiece(ctx context.Context, at *url.URL, from int64, data []byte) error {
	for failed := 0; ; {
		err := s.patch(ctx, at, from, data)
		var again lost
		// The broken request may be told of only now: then the registry has more than it said.
		if moved := artifact.CodeOf(err) == artifact.BlobUploadInvalid; err == nil ||
			!errors.As(err, &again) && !moved {
			return err
		}
		if failed++; failed == tries {
			return err
		}
		if err := sleep(ctx, firstPause<<failed); err != nil {
			return err
		}
		far := int64(0)
		if asked := s.patiently(ctx, func() (err error) { far, err = s.uploaded(ctx, at); return err }); asked != nil {
			return asked
		}
		arrived := far - from
		if arrived < 0 || arrived > int64(len(data)) {
			return artifact.Errorf(
				artifact.BlobUploadInvalid,
				"the registry has %d bytes of an upload that is at %d",
				far,
				from,
			)
		}
		if arrived == int64(len(data)) {
			return nil
		}
		if from, data = far, data[arrived:]; arrived > 0 {
			failed = 0
		}
	}
}

func (s *Store) patch(ctx context.Context, at *url.URL, from int64, data []byte) error {
	res, err := s.do(ctx, http.MethodPatch, at.String(), bytes.NewReader(data), int64(len(data)), http.Header{
		"Content-Type":  {"application/octet-stream"},
		"Content-Range": {fmt.Sprintf("%d-%d", from, from+int64(len(data))-1)},
	})
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// uploaded asks how far an upload is. A registry that says "0-0" of one byte and of none alike is believed to have one.
func (s *Store) uploaded(ctx context.Context, at *url.URL) (int64, error) {
	res, err := s.do(ctx, http.MethodGet, at.String(), nil, -1, nil)
	if err != nil {
		return 0, err
	}
	_ = res.Body.Close() // it is empty
	if res.Header.Get("Range") == "" {
		return 0, nil
	}
	_, last, ok := strings.Cut(res.Header.Get("Range"), "-")
	end, err := strconv.ParseInt(last, 10, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("the registry does not tell how far an upload is: %.40q", res.Header.Get("Range"))
	}
	return end + 1, nil
}

// endUpload makes a blob of an upload. Where the answer was lost the blob may be there already.
func (s *Store) endUpload(ctx context.Context, owner artifact.Owner, at *url.URL, d v1.Descriptor) error {
	done := *at
	query := done.Query()
	query.Set("digest", d.Digest.String())
	done.RawQuery = query.Encode()
	return s.patiently(ctx, func() error {
		res, err := s.do(ctx, http.MethodPut, done.String(), nil, 0, nil)
		if artifact.CodeOf(err) == artifact.BlobUploadUnknown {
			blob := s.path(owner, "blobs", d.Digest.String())
			var there *http.Response
			if there, err = s.do(ctx, http.MethodHead, blob, nil, -1, nil); err == nil {
				return there.Body.Close()
			}
		}
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
}

// abandon ends an upload that comes to nothing.
func (s *Store) abandon(ctx context.Context, at *url.URL) error {
	res, err := s.do(context.WithoutCancel(ctx), http.MethodDelete, at.String(), nil, -1, nil)
	if err != nil {
		return nil //nolint:nilerr // it expires by itself
	}
	return res.Body.Close()
}
