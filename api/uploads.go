package api

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"
	"github.com/syntra-dev/syntra/upload"
)

type createUploadInput struct{ Archive archive }

// archive is a body that is streamed, never held in memory.
type archive struct{ r io.Reader }

// Resolve is called by huma.
func (a *archive) Resolve(ctx huma.Context) []error {
	a.r = ctx.BodyReader()
	return nil
}

func (a *API) createUpload(ctx context.Context, in *createUploadInput) (*answer[upload.Upload], error) {
	up, err := a.Uploads.Put(ctx, identityOf(ctx).Organization, in.Archive.r)
	if err != nil {
		return nil, err
	}
	return &answer[upload.Upload]{Body: up}, nil
}
