// Hello is the sample service: one page, a health path, and a clean end on SIGTERM.
package main

import (
	"context"
	"errors"
	"html/template"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Greeting}}</title>
<style>body{font:20px/1.5 system-ui;margin:20vh auto;max-width:32em;padding:0 1em}code{font-size:.9em}</style>
<h1>{{.Greeting}}</h1>
<p>This is the sample service, release <code>{{.Release}}</code>, started {{.Started}}.
<p>Change <code>examples/hello</code> and run <code>syn deploy examples/hello</code>.
</html>`))

func main() {
	started := time.Now().UTC().Format(time.RFC3339)
	greeting := os.Getenv("GREETING")
	if greeting == "" {
		greeting = "Hello from Syntra"
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /up", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		log.Printf("%s %s from %s", r.Method, r.URL.Path, r.Header.Get("X-Forwarded-For"))
		if err := page.Execute(w, map[string]string{"Greeting": greeting, "Release": os.Getenv("SYNTRA_RELEASE"), "Started": started}); err != nil {
			log.Print(err)
		}
	})

	server := &http.Server{Addr: net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT")), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(deadline)
	}()

	log.Printf("listening on %s", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	log.Print("bye")
}
