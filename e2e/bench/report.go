package main

import (
	"fmt"
	"strings"
	"time"
)

// report gathers what was found.
type report struct {
	settings settings
	at       time.Time
	machine  machine
	rows     []row
	notes    []string
	sections []section
}

// row compares one figure of Syntra with the same by other means.
type row struct {
	name   string
	ours   string // median, with its unit
	beside string // what it is compared with
	theirs string // median, with its unit
	ratio  spread // nil where nothing is compared
	aim    float64
	// atLeast is true where the aim is a lower bound.
	atLeast bool
}

// section is a further table.
type section struct {
	title string
	text  string // why it is there
	head  []string
	rows  [][]string
}

func newReport(s settings) *report {
	return &report{settings: s, at: time.Now().UTC(), machine: look()}
}

func (r *report) add(row row)                  { r.rows = append(r.rows, row) }
func (r *report) note(format string, a ...any) { r.notes = append(r.notes, fmt.Sprintf(format, a...)) }

// verdict judges the median.
func (r row) verdict() (aim, verdict string) {
	if r.aim == 0 {
		return "", ""
	}
	sign, met := "≤", r.ratio.median() <= r.aim
	if r.atLeast {
		sign, met = "≥", r.ratio.median() >= r.aim
	}
	aim = fmt.Sprintf("%s %.2f", sign, r.aim)
	if met {
		return aim, "met"
	}
	return aim, "**missed**"
}

// String is the report as Markdown, lined up to be read in a terminal as well.
func (r *report) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%s · %s · %d runs of deploy and rollback, %d × %d s of the edge, %d × %d rounds of the log.\n",
		r.at.Format("2 January 2006, 15:04 UTC"), r.machine, r.settings.runs, r.settings.edgeRounds, r.settings.edgeSeconds, r.settings.logRuns, r.settings.rounds)
	if r.machine.busy() {
		fmt.Fprintf(&out, "**The machine was busy with other work**: these ratios are rough, in either direction.\n")
	}
	rows := [][]string{}
	for _, row := range r.rows {
		aim, verdict := row.verdict()
		cells := []string{row.name, row.ours, row.beside, row.theirs, "", "", "", aim, verdict}
		if len(row.ratio) > 0 {
			cells[4], cells[5], cells[6] = fmt.Sprintf("%.2f", row.ratio.min()), fmt.Sprintf("%.2f", row.ratio.median()), fmt.Sprintf("%.2f", row.ratio.max())
		}
		rows = append(rows, cells)
	}
	out.WriteString("\n" + table([]string{"what", "Syntra", "beside", "takes", "ratio min", "median", "max", "aim", ""}, rows))
	for _, s := range r.sections {
		fmt.Fprintf(&out, "\n### %s\n\n%s\n\n%s", s.title, s.text, table(s.head, s.rows))
	}
	if len(r.notes) > 0 {
		out.WriteString("\n")
	}
	for _, n := range r.notes {
		out.WriteString("- " + n + "\n")
	}
	out.WriteString("\n")
	return out.String()
}
