package main

import (
	"strings"
	"unicode/utf8"
)

// table writes Markdown whose columns stand in line.
func table(head []string, rows [][]string) string {
	width := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	line := func(cells []string, fill string) {
		for i, w := range width {
			out.WriteString("| " + cells[i] + strings.Repeat(fill, w-utf8.RuneCountInString(cells[i])) + " ")
		}
		out.WriteString("|\n")
	}
	line(head, " ")
	line(make([]string, len(head)), "-")
	for _, row := range rows {
		line(row, " ")
	}
	return out.String()
}
