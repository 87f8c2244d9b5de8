package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"
)

// app is what all commands share.
type app struct {
	out   io.Writer // results
	err   io.Writer // progress and messages
	paint painter
	// colour reports whether results may have colours: standard output is a terminal that shows them.
	colour bool
	json   bool
}

// say prints a line of progress.
func (a *app) say(format string, args ...any) {
	if !a.json {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

// result prints v as JSON, or what a person wants to see of it.
func (a *app) result(v any, human func(io.Writer)) error {
	if a.json {
		return json.NewEncoder(a.out).Encode(v)
	}
	human(a.out)
	return nil
}

// table prints aligned columns.
func table(w io.Writer, header []string, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(header, "\t"))
	for _, row := range rows {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	_ = tw.Flush()
}

// painter colours words where the terminal shows colours (https://no-color.org).
type painter bool

func painterFor(f *os.File) painter {
	return painter(os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd())))
}

func (p painter) wrap(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p painter) red(s string) string   { return p.wrap("31", s) }
func (p painter) green(s string) string { return p.wrap("32", s) }
func (p painter) amber(s string) string { return p.wrap("33", s) }
func (p painter) dim(s string) string   { return p.wrap("2", s) }
func (p painter) bold(s string) string  { return p.wrap("1", s) }

// ago tells a time as people do.
func ago(t time.Time) string {
	switch d := time.Since(t); {
	case t.IsZero():
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd ago", int(d.Hours()/24))
	}
}

// bytesOf tells a size.
func bytesOf(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	size, i := float64(n), 0
	for size >= 1000 && i < len(units)-1 {
		size, i = size/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[i])
}
