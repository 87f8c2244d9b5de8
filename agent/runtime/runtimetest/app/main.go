// Command app is the program that the runtimes' conformance suite builds and runs. It is static, so that it works in an
// image FROM scratch, and is its own build tool there, since such an image has no shell.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		os.Args = append(os.Args, "serve")
	}
	arg := func(i int) string {
		if i < len(os.Args) {
			return os.Args[i]
		}
		return ""
	}
	switch os.Args[1] {
	case "serve":
		serve()
	case "build-ok":
		fmt.Println("compiling the first part")
		fmt.Println("compiling the second part")
	case "build-fail":
		fmt.Println("compiling the first part")
		fmt.Fprintln(os.Stderr, "main.c:3: the semicolon is missing")
		os.Exit(3)
	case "build-secret":
		secret := os.Getenv("TOKEN")
		if raw, err := os.ReadFile("/run/secrets/TOKEN"); err == nil {
			secret = string(raw)
		}
		fmt.Println("careless build prints", secret)
		fmt.Printf("digest %x\n", sha256.Sum256([]byte(secret)))
	case "build-args":
		fmt.Println("argument is", os.Getenv("FLAVOUR"))
	case "build-hang":
		fmt.Println("hanging")
		hang()
	case "env":
		fmt.Println(os.Getenv(arg(2)))
	case "cat":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "fail":
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
		code, _ := strconv.Atoi(arg(2))
		os.Exit(code)
	case "search":
		search(arg(2))
	default:
		fmt.Fprintln(os.Stderr, "unknown command", os.Args[1])
		os.Exit(2)
	}
}

func hang() {
	for {
		time.Sleep(time.Hour)
	}
}

func serve() {
	fmt.Println("booting", os.Getenv("GREETING"))
	if code, err := strconv.Atoi(os.Getenv("BOOT_EXIT")); err == nil {
		fmt.Fprintln(os.Stderr, "cannot boot")
		os.Exit(code)
	}
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	go func() {
		for range terminate {
			fmt.Println("got SIGTERM")
			if os.Getenv("IGNORE_TERM") == "" {
				os.Exit(0)
			}
		}
	}()
	var ailing atomic.Bool
	http.HandleFunc("/ail", func(_ http.ResponseWriter, r *http.Request) { ailing.Store(r.FormValue("well") == "") })
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		if ailing.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, os.Getenv("GREETING"))
	})
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { // its head comes at once, its body late
		_ = http.NewResponseController(w).Flush()
		time.Sleep(time.Duration(number(r, "ms")) * time.Millisecond)
		fmt.Fprint(w, os.Getenv("GREETING"))
	})
	http.HandleFunc("/exit", func(_ http.ResponseWriter, r *http.Request) { os.Exit(number(r, "code")) })
	http.HandleFunc("/print", func(w http.ResponseWriter, r *http.Request) {
		out := os.Stdout
		if r.FormValue("stderr") != "" {
			out = os.Stderr
		}
		var b bytes.Buffer
		for i := range max(1, number(r, "count")) {
			fmt.Fprintf(&b, "%s %d\n", strings.Repeat(r.FormValue("text"), max(1, number(r, "repeat"))), i)
		}
		_, _ = out.Write(b.Bytes())
	})
	http.HandleFunc("/allocate", func(_ http.ResponseWriter, r *http.Request) {
		var kept [][]byte
		for range number(r, "mb") {
			part := make([]byte, 1<<20)
			for i := 0; i < len(part); i += 512 {
				part[i] = byte(i)
			}
			kept = append(kept, part)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		fmt.Println(len(kept))
	})
	http.HandleFunc("/spin", func(_ http.ResponseWriter, r *http.Request) {
		// CPU time, not time: on a busy machine the two are far apart.
		for end := cpuTime() + time.Duration(number(r, "ms"))*time.Millisecond; cpuTime() < end; {
		}
	})
	l, err := net.Listen("tcp", net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT")))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening")
	fmt.Fprintln(os.Stderr, http.Serve(l, nil))
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.FormValue(name))
	return n
}

// search tells every file below a folder that holds the text on standard input.
func search(root string) {
	needle, _ := io.ReadAll(os.Stdin)
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "/proc" || path == "/sys" || path == "/dev" {
			return fs.SkipDir
		}
		if d.Type().IsRegular() {
			if raw, err := os.ReadFile(path); err == nil && bytes.Contains(raw, needle) {
				fmt.Println("found in", path)
			}
		}
		return nil
	})
	fmt.Println("searched")
}
