package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/syntra-dev/syntra/access"
)

// route registers a handler under its permission. The operation id is the permission's name, too.
func route[I, O any](a *API, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	perm, listed := Permissions[op.OperationID]
	if !listed {
		panic(fmt.Sprintf("api: route %s is missing in Permissions", op.OperationID))
	}
	if perm.On == 0 && !perm.Public {
		panic(fmt.Sprintf("api: route %s does not say what it is about", op.OperationID))
	}
	document(&op, perm)
	op.Middlewares = append(huma.Middlewares{a.guard(op.OperationID, perm)}, op.Middlewares...)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

// guard stands before the body is read: who asks, how often, may they, is it really they, and what have they seen.
func (a *API) guard(name string, perm Permission) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(hc)
		ctx := c.Request.Context()
		req := requestOf(ctx)
		req.route = name
		if err := a.admit(c.Request, req, perm, hc.Param("id")); err != nil {
			writeProblem(c.Writer, a.problemOf(ctx, err))
			return
		}
		if safe(c.Request.Method) {
			if err := a.catchUp(c.Writer.Header(), c.Request); err != nil {
				writeProblem(c.Writer, a.problemOf(ctx, err))
				return
			}
		}
		next(hc)
	}
}

func (a *API) admit(r *http.Request, req *request, perm Permission, subject string) error {
	var err error
	if req.key, err = parseIdempotencyKey(r.Header.Values(HeaderIdempotencyKey)); err != nil {
		return err
	}
	if perm.Public {
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
			return nil // not a browser
		}
		return sameOrigin(r)
	}
	if req.who, err = a.authenticate(r); err != nil {
		return err
	}
	if wait := a.limits.take(req.who.TokenID); wait > 0 {
		return tooMany(r.Context(), wait, "too many requests with this token: slow down")
	}
	if req.who.Cookie && (!safe(r.Method) || r.Header.Get("Upgrade") != "") {
		if err := sameOrigin(r); err != nil {
			return err
		}
	}
	req.perm, req.subject = perm, subject
	return a.permit(r.Context(), req.who, perm, subject)
}

// document adds what every operation has in common to its description.
func document(op *huma.Operation, perm Permission) {
	least, _ := access.Least(perm.Action)
	errors := []int{400, 401, 403, 422, 429, 500, 503}
	if perm.Public {
		op.Security = []map[string][]string{}
		op.Description += "\n\nNeeds no credentials."
	} else {
		op.Security = []map[string][]string{{"token": {}}, {"session": {}}}
		op.Description += fmt.Sprintf("\n\nNeeds the role %s or a stronger one.", least)
	}
	op.Description = strings.TrimSpace(op.Description)
	if strings.Contains(op.Path, "{") {
		errors = append(errors, 404)
	}
	if safe(op.Method) {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: HeaderPosition, In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "The position that a write answered: the read waits, up to 2 s, until it shows that write.",
		})
	} else if !perm.Public {
		errors = append(errors, 409, 413, 415)
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: HeaderIdempotencyKey, In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "Any string of 1 to 255 visible characters. The same key on the same route does the thing once, and answers the same; with another body it is refused (422).",
		})
	}
	op.Errors = append(op.Errors, errors...)
	slices.Sort(op.Errors)
	op.Errors = slices.Compact(op.Errors)
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-permission"] = map[string]any{
		"action":   perm.Action.Verb,
		"resource": perm.Action.Kind,
		"role":     least,
		"public":   perm.Public,
	}
}
