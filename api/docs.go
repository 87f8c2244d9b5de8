package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

//go:embed docs.html
var docsPage string

// docsPolicy lets the page's own inline style in, and nothing else.
const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs returns a page for people, made from the description once.
func (a *API) docs() gin.HandlerFunc {
	render := sync.OnceValues(func() ([]byte, error) {
		page, err := template.New("docs").Funcs(template.FuncMap{"prose": prose}).Parse(docsPage)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		err = page.Execute(&out, a.docsContent())
		return out.Bytes(), err
	})
	return func(c *gin.Context) {
		html, err := render()
		if err != nil {
			writeProblem(c.Writer, a.problemOf(c.Request.Context(), fmt.Errorf("render the docs: %w", err)))
			return
		}
		c.Header("Content-Security-Policy", docsPolicy)
		c.Data(http.StatusOK, "text/html; charset=utf-8", html)
	}
}

type docsContent struct {
	Title, Version, About string
	Groups                []docsGroup
	Schemas               []docsSchema
	Problems              []docsProblem
}

type docsGroup struct {
	Name, About, Anchor string
	Routes              []docsRoute
}

type docsRoute struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []docsField
	Body, Answer                           string // schema names, "" where there is none
	BodyType, AnswerType                   string
	Status                                 string
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, In, Type, Ref, Description, Example string
	Required                                  bool
}

type docsProblem struct {
	Code, Meaning string
	Statuses      []int
}

// meanings say what a caller can do about each class of problem.
var meanings = map[string]string{
	"invalid":            "The request does not fit. Change it; detail and errors say where.",
	"unauthorized":       "There are no credentials, or they are not good any more. Log in, or make a new token.",
	"forbidden":          "The role does not allow it, or the request came from another site. Ask an owner.",
	"not_found":          "There is no such thing in this organization.",
	"method_not_allowed": "The address exists, but not for this method.",
	"conflict":           "A state or a name stands in the way. Detail says which, and what to do.",
	"stale":              "Someone changed the settings meanwhile. Read them again and repeat the change.",
	"too_large":          "Over a limit that detail names.",
	"unsupported":        "The body's content type is not understood.",
	"rate_limited":       "Too many requests. Come back after Retry-After seconds.",
	"unavailable":        "A part is down or behind. Repeat after Retry-After seconds, with the same Idempotency-Key.",
	"internal":           "A mistake in Syntra. Repeat; report the request id if it stays.",
}

func (a *API) docsContent() docsContent {
	spec := a.huma.OpenAPI()
	out := docsContent{Title: spec.Info.Title, Version: spec.Info.Version, About: spec.Info.Description}
	groups := map[string]*docsGroup{}
	for _, tag := range spec.Tags {
		groups[tag.Name] = &docsGroup{Name: tag.Name, About: tag.Description, Anchor: strings.ReplaceAll(strings.ToLower(tag.Name), " ", "-")}
	}
	for _, path := range slices.Sorted(maps.Keys(spec.Paths)) {
		for _, o := range operations(spec.Paths[path]) {
			g := groups[o.Tags[0]]
			g.Routes = append(g.Routes, docsOf(o))
		}
	}
	for _, tag := range spec.Tags {
		out.Groups = append(out.Groups, *groups[tag.Name])
	}
	schemas := spec.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		out.Schemas = append(out.Schemas, docsSchema{Name: name, Fields: fieldsOf(schemas[name])})
	}
	byCode := map[string][]int{}
	for status, code := range codes {
		byCode[code] = append(byCode[code], status)
	}
	byCode["internal"] = []int{http.StatusInternalServerError}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		slices.Sort(byCode[code])
		out.Problems = append(out.Problems, docsProblem{Code: code, Meaning: meanings[code], Statuses: byCode[code]})
	}
	return out
}

func operations(p *huma.PathItem) []*huma.Operation {
	return slices.DeleteFunc([]*huma.Operation{p.Get, p.Post, p.Put, p.Patch, p.Delete}, func(o *huma.Operation) bool { return o == nil })
}

func docsOf(o *huma.Operation) docsRoute {
	r := docsRoute{ID: o.OperationID, Method: o.Method, Path: o.Path, Summary: o.Summary, Description: o.Description}
	for _, p := range o.Parameters {
		f := field(p.Name, p.Schema)
		f.In, f.Required = p.In, p.Required
		if p.Description != "" {
			f.Description = p.Description
		}
		r.Parameters = append(r.Parameters, f)
	}
	if o.RequestBody != nil {
		for mediaType, m := range o.RequestBody.Content {
			r.BodyType, r.Body = mediaType, refName(m.Schema)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if status >= "4" {
			break
		}
		r.Status = status
		for mediaType, m := range o.Responses[status].Content {
			r.AnswerType, r.Answer = mediaType, refName(m.Schema)
		}
	}
	return r
}

func fieldsOf(s *huma.Schema) []docsField {
	var fields []docsField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		f := field(name, s.Properties[name])
		f.Required = slices.Contains(s.Required, name)
		fields = append(fields, f)
	}
	return fields
}

func field(name string, s *huma.Schema) docsField {
	f := docsField{Name: name, Description: s.Description, Type: s.Type, Ref: refName(s)}
	if s.Items != nil {
		f.Ref = refName(s.Items)
		f.Type = "list of " + s.Items.Type
	}
	if f.Ref != "" {
		f.Type = strings.TrimSuffix(f.Type, s.Type)
	}
	if s.Format != "" && s.Format != "int64" {
		f.Type += " (" + s.Format + ")"
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		f.Type += ": " + strings.Join(values, ", ")
	}
	if len(s.Examples) > 0 {
		if text, ok := s.Examples[0].(string); ok {
			f.Example = text
		} else if data, err := json.Marshal(s.Examples[0]); err == nil {
			f.Example = string(data)
		}
	}
	return f
}

func refName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	return strings.TrimPrefix(s.Ref, "#/components/schemas/")
}

// prose turns the little Markdown of descriptions into HTML: paragraphs, **bold** and `code`.
func prose(text string) template.HTML {
	html := template.HTMLEscapeString(text)
	html = pairs(html, "**", "strong")
	html = pairs(html, "`", "code")
	return template.HTML("<p>" + strings.ReplaceAll(html, "\n\n", "</p><p>") + "</p>") //nolint:gosec // escaped above
}

func pairs(html, mark, element string) string {
	parts := strings.Split(html, mark)
	var b strings.Builder
	for i, part := range parts {
		switch {
		case i == 0:
		case i%2 == 1 && i < len(parts)-1:
			b.WriteString("<" + element + ">")
		case i%2 == 0:
			b.WriteString("</" + element + ">")
		}
		b.WriteString(part)
	}
	return b.String()
}
