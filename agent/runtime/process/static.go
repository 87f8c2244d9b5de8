package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ServeStatic serves a folder on loopback until SIGTERM: index.html for folders, about.html for /about, 200 on /up (the
// default health path), and no file whose name begins with a dot but those of .well-known. A path without a file is
// answered by the fallback page, where one is named (single-page applications), else by 404.html where the folder has one.
func ServeStatic(dir, fallback string, port int) error {
	root, err := os.OpenRoot(dir) // links that lead out of the folder are not followed
	if err != nil {
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	defer root.Close()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	server := &http.Server{Handler: staticHandler(root, fallback), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Printf("serving static files on %s\n", listener.Addr())
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", dir, err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	return nil
}

func staticHandler(root *os.Root, fallback string) http.Handler {
	files := http.FileServerFS(root.FS())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "up" {
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte("ok\n"))
			return
		}
		info, err := root.Stat(orDot(name))
		if err == nil && info.IsDir() {
			// A folder is shown by its index page only: listing it could tell names nobody linked.
			_, err = root.Stat(path.Join(name, "index.html"))
		}
		if err != nil && !hidden(name) {
			if page, found := pageOf(root, name, fallback, r); found {
				http.ServeFileFS(w, r, root.FS(), page)
				return
			}
		}
		if err != nil || hidden(name) {
			notFound(w, root)
			return
		}
		files.ServeHTTP(w, r)
	})
}

// pageOf returns the page for a path that is no file: the one of that name (clean addresses), or the fallback page where
// the browser asks for a page and not for a script or an image.
func pageOf(root *os.Root, name, fallback string, r *http.Request) (string, bool) {
	if info, err := root.Stat(name + ".html"); name != "" && err == nil && info.Mode().IsRegular() {
		return name + ".html", true
	}
	if fallback == "" || path.Ext(name) != "" && !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return "", false
	}
	info, err := root.Stat(fallback)
	return fallback, err == nil && info.Mode().IsRegular()
}

func orDot(name string) string {
	if name == "" {
		return "."
	}
	return name
}

func hidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") && part != ".well-known" {
			return true
		}
	}
	return false
}

func notFound(w http.ResponseWriter, root *os.Root) {
	page, err := root.ReadFile("404.html")
	if err != nil {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(page)
}
