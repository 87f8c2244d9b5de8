package clickhouse

import (
	"regexp"
	"strings"
)

var (
	comments     = regexp.MustCompile(`(?s)\A(?:\s+|--[^\n]*(?:\n|\z)|/\*.*?\*/|\()*`)
	selectWord   = regexp.MustCompile(`(?i)\A(?:SELECT|WITH)\b`)
	insertWord   = regexp.MustCompile(`(?i)\AINSERT\b`)
	formatClause = regexp.MustCompile(`(?i)\bFORMAT\s+(\w+)\s*;?\s*\z`)
	valuesClause = regexp.MustCompile(`(?i)\bVALUES\s*;?\s*\z`)
	// insertTail is what stands after the table and columns of an INSERT whose data comes apart from it.
	insertTail = regexp.MustCompile(`(?is)(?:\bSETTINGS\b[^)]*?)?(?:\bFORMAT\s+(\w+)|\bVALUES)\s*;?\s*\z`)
)

func isSelect(sql string) bool { return selectWord.MatchString(comments.ReplaceAllString(sql, "")) }

func isInsert(sql string) bool { return insertWord.MatchString(comments.ReplaceAllString(sql, "")) }

// formatOf returns the format the statement itself asks for, or "".
func formatOf(sql string) string {
	if m := formatClause.FindStringSubmatch(sql); m != nil {
		return m[1]
	}
	return ""
}

// insertFrom rewrites an INSERT whose data came in the request's body to read it from a file: libchdb takes no binary
// data within the statement.
func insertFrom(sql, file, defaultFormat string) string {
	format, settings := defaultFormat, ""
	if at := insertTail.FindStringSubmatchIndex(sql); at != nil {
		tail := sql[at[0]:at[1]]
		if named := formatOf(tail); named != "" {
			format = named
			settings = formatClause.ReplaceAllString(tail, "")
		} else {
			format = "Values"
			settings = valuesClause.ReplaceAllString(tail, "")
		}
		sql = sql[:at[0]]
	}
	if format == "" {
		format = "Values"
	}
	return strings.TrimSpace(sql) + " FROM INFILE " + literal(file) + " COMPRESSION 'none' " + strings.TrimSpace(settings) + " FORMAT " + format
}

var escape = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// literal quotes a string for SQL.
func literal(s string) string { return "'" + escape.Replace(s) + "'" }

// identifier quotes a name for SQL.
func identifier(s string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(s) + "`"
}
