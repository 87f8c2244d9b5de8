package clickhouse

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInsertReadsFromTheFile(t *testing.T) {
	for sql, want := range map[string]string{
		"INSERT INTO t (a, b) FORMAT Native":                      "INSERT INTO t (a, b) FROM INFILE '/f' COMPRESSION 'none'  FORMAT Native",
		"INSERT INTO t FORMAT JSONEachRow ;":                      "INSERT INTO t FROM INFILE '/f' COMPRESSION 'none'  FORMAT JSONEachRow",
		"insert into t (a) settings async_insert=0 format Native": "insert into t (a) FROM INFILE '/f' COMPRESSION 'none' settings async_insert=0 FORMAT Native",
		"INSERT INTO t VALUES":                                    "INSERT INTO t FROM INFILE '/f' COMPRESSION 'none'  FORMAT Values",
		"INSERT INTO t":                                           "INSERT INTO t FROM INFILE '/f' COMPRESSION 'none'  FORMAT CSV",
	} {
		require.Equal(t, want, insertFrom(sql, "/f", "CSV"))
	}
}

func TestStatementKinds(t *testing.T) {
	require.True(t, isSelect("/* a */ -- b\n (WITH 1 AS x SELECT x)"))
	require.False(t, isSelect("INSERT INTO t SELECT 1"))
	require.True(t, isInsert(" insert into t values"))
	require.Equal(t, "JSON", formatOf("SELECT 1 FORMAT JSON;"))
	require.Empty(t, formatOf("SELECT format FROM t"))
}

func TestQuoting(t *testing.T) {
	require.Equal(t, `'it\'s \\ here'`, literal(`it's \ here`))
	require.Equal(t, "`a\\`b`", identifier("a`b"))
}
