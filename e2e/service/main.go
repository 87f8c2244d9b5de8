// Command service is what the stories deploy: a small server whose folder tells how it should behave.
//
//	VERSION  its name, answered by /
//	CRASH    exit at boot with this message
//	SICK     /up answers 503
//	MUTE     never listen
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	home := home()
	if message, err := os.ReadFile(filepath.Join(home, "CRASH")); err == nil {
		fmt.Fprintln(os.Stderr, strings.TrimSpace(string(message)))
		os.Exit(3)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if _, err := os.Stat(filepath.Join(home, "MUTE")); err == nil {
		<-ctx.Done()
		return
	}
	raw, err := os.ReadFile(filepath.Join(home, "VERSION"))
	if err != nil {
		log.Fatal(err)
	}
	version := strings.TrimSpace(string(raw))
	_, err = os.Stat(filepath.Join(home, "SICK"))
	sick := err == nil

	mux := http.NewServeMux()
	mux.HandleFunc("/up", func(w http.ResponseWriter, _ *http.Request) {
		if sick {
			http.Error(w, "database is away", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, version) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
		<-time.After(time.Duration(ms) * time.Millisecond)
		fmt.Fprintln(w, version)
	})
	mux.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) {
		value := os.Getenv(r.URL.Query().Get("name"))
		if r.URL.Query().Has("quote") {
			value = strconv.Quote(value)
		}
		fmt.Fprintln(w, value)
	})
	mux.HandleFunc("/where", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, address()) })
	mux.HandleFunc("/say", func(_ http.ResponseWriter, r *http.Request) { fmt.Println(r.URL.Query().Get("line")) })

	server := &http.Server{Addr: net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT")), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(deadline)
	}()
	log.Printf("version %s listening on %s", version, server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

// address is that of the machine, or network namespace, that the program runs on.
func address() string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if ip, isIP := a.(*net.IPNet); isIP && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	return "nowhere"
}

// home is the folder of the program: in a container it is the root, on a host wherever the artifact lies.
func home() string {
	exe, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	return filepath.Dir(exe)
}
