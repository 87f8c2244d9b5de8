// Package web holds the built dashboard inside the binary and serves it.
package web

import (
	"embed"
	"io/fs"
	"net/http"
)

// dist is what `go tool task build` makes of this folder. Without a build it holds nothing but a placeholder, so that Go
// code compiles on a fresh clone.
//
//go:embed all:dist
var dist embed.FS

// Handler serves the dashboard: files by their name, and index.html for every other path, which the router in the browser
// takes from there. Where the dashboard was not built it says so with 503.
func Handler() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("web: " + err.Error()) // the name is a constant
	}
	return NewHandler(files)
}
