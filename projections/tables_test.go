package projections_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/projections"
)

// A table follows the struct of its rows. Whoever changes the struct changes the table, and has to raise the model's version
// for it to be built anew: this test has the last tables and versions in testdata/tables.sql.
//
// After a change for a reason: SYNTRA_RECORD=1 go test ./projections -run TestModels_raiseTheirVersion.
func TestModels_raiseTheirVersionWithTheirTables(t *testing.T) {
	t.Parallel()
	file := filepath.Join("testdata", "tables.sql")
	recorded, err := os.ReadFile(file)
	require.NoError(t, err)
	before := sections(string(recorded))
	var all strings.Builder
	for _, m := range projections.Models() {
		title, tables := fmt.Sprintf("%s, version %d", m.Name, m.Version), projections.DDLOf(m)
		fmt.Fprintf(&all, "-- %s\n%s\n", title, tables)
		if old, same := before[title]; same {
			require.Equal(t, old, tables, "the tables of %s are not those of its version: raise the version", title)
		}
	}
	if os.Getenv("SYNTRA_RECORD") != "" {
		require.NoError(t, os.WriteFile(file, []byte(all.String()), 0o644))
		return
	}
	require.Equal(t, string(recorded), all.String(), "record the new tables, so that the next change of them is seen")
}

// sections are the parts of the file by their titles.
func sections(file string) map[string]string {
	parts := map[string]string{}
	for _, part := range strings.Split(file, "-- ")[1:] {
		title, tables, _ := strings.Cut(part, "\n")
		parts[title] = strings.TrimSuffix(tables, "\n")
	}
	return parts
}
