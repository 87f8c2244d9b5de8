package worker_test

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// engines starts a true Temporal server once for all tests of this package: TEMPORAL_ADDRESS where it is set, the built
// binary where there is one. No test links the server itself: that alone would take a minute.
var engines struct {
	once    sync.Once
	address string
	why     string
	stop    func()
}

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "6") // the stories wait more than they work
	code := m.Run()
	if engines.stop != nil {
		engines.stop()
	}
	os.Exit(code)
}

func temporalAddress(t *testing.T) string {
	t.Helper()
	engines.once.Do(startEngines)
	if engines.address == "" {
		t.Skip("no Temporal server: " + engines.why)
	}
	return engines.address
}

func startEngines() {
	if engines.address = os.Getenv("TEMPORAL_ADDRESS"); engines.address != "" {
		return
	}
	binary, err := filepath.Abs("../bin/syntra")
	if err == nil {
		_, err = os.Stat(binary)
	}
	if err != nil {
		engines.why = "set TEMPORAL_ADDRESS, or build bin/syntra (go tool task build)"
		return
	}
	data, err := os.MkdirTemp("", "syntra-engines-")
	if err != nil {
		engines.why = err.Error()
		return
	}
	_ = os.Chmod(data, 0o755) // PostgreSQL runs as another user where we are root
	cmd := exec.Command(binary, "engines", "--data", data, "--temporal-ui-port", "-1")
	cmd.Stderr = os.Stderr
	if os.Getenv("SYNTRA_ENGINES") == "" {
		installed, _ := filepath.Abs("../.syntra/engines")
		cmd.Env = append(os.Environ(), "SYNTRA_ENGINES="+installed)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		engines.why = err.Error()
		return
	}
	engines.stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
		}
		_ = os.RemoveAll(data)
	}
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if a, ok := strings.CutPrefix(lines.Text(), "TEMPORAL_ADDRESS="); ok {
				found <- a
			}
		}
		close(found)
	}()
	select {
	case engines.address = <-found:
	case <-time.After(3 * time.Minute):
	}
	if engines.address == "" {
		engines.why = binary + " engines did not come up"
	}
}
