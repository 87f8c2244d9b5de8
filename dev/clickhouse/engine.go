package clickhouse

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
)

// engine runs statements on libchdb. Each statement gets a session of its own (opening one takes under a millisecond), so
// that no setting, parameter or current database of one leaks into the next.
type engine struct {
	lib    *chdb
	args   []string
	keeper *session // keeps the engine up between statements
	slots  chan struct{}
	open   sync.Mutex // libchdb's own connection bookkeeping is not for concurrent use
}

// statement is one SQL statement and what it is to run with.
type statement struct {
	sql      string
	format   string
	database string
	settings []setting
}

// setting is a ClickHouse setting or, with the prefix param_, a query parameter.
type setting struct{ name, value string }

// maxConcurrent bounds how many statements run at once; more wait.
const maxConcurrent = 16

func newEngine(library, dataDir string, memory int64) (*engine, error) {
	lib, err := load(library)
	if err != nil {
		return nil, err
	}
	e := &engine{lib: lib, args: arguments(dataDir, memory), slots: make(chan struct{}, maxConcurrent)}
	if e.keeper, err = lib.open(e.args); err != nil {
		return nil, err
	}
	return e, nil
}

// arguments keep the engine small: its defaults are those of a big server of its own.
func arguments(dataDir string, memory int64) []string {
	const mebibyte = 1 << 20
	args := []string{"clickhouse", "--path=" + dataDir}
	for name, value := range map[string]int64{
		"max_server_memory_usage":            memory,
		"max_memory_usage":                   memory / 2,
		"mark_cache_size":                    32 * mebibyte,
		"primary_index_cache_size":           32 * mebibyte,
		"index_mark_cache_size":              16 * mebibyte,
		"text_index_tokens_cache_size":       16 * mebibyte,
		"text_index_header_cache_size":       16 * mebibyte,
		"text_index_postings_cache_size":     32 * mebibyte,
		"compiled_expression_cache_size":     16 * mebibyte,
		"query_condition_cache_size":         8 * mebibyte,
		"background_pool_size":               2,
		"background_schedule_pool_size":      2,
		"query_profiler_cpu_time_period_ns":  0,
		"query_profiler_real_time_period_ns": 0,
	} {
		args = append(args, fmt.Sprintf("--%s=%d", name, value))
	}
	return args
}

func (e *engine) close() { e.keeper.close() }

// run executes the statement and hands each part of the result to each. When ctx ends first, the statement is killed.
func (e *engine) run(ctx context.Context, st statement, each func([]byte) error) error {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s, err := e.session()
	if err != nil {
		return err
	}
	defer e.end(s)
	if err := prepare(s, st); err != nil {
		return err
	}
	// The engine takes no query id; a comment makes the statement findable for kill.
	tag := "front-" + rand.Text()
	done := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() { e.killWhen(ctx, tag, done) })
	err = execute(s, "/* "+tag+" */ "+st.sql, st.format, each)
	close(done)
	killer.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (e *engine) session() (*session, error) {
	e.open.Lock()
	defer e.open.Unlock()
	return e.lib.open(e.args)
}

func (e *engine) end(s *session) {
	e.open.Lock()
	defer e.open.Unlock()
	s.close()
}

func prepare(s *session, st statement) error {
	var changes []string
	for _, set := range st.settings {
		changes = append(changes, identifier(set.name)+" = "+literal(set.value))
	}
	if len(changes) > 0 {
		if _, err := s.run("SET "+strings.Join(changes, ", "), "TSV"); err != nil {
			return err
		}
	}
	if st.database != "" {
		if _, err := s.run("USE "+identifier(st.database), "TSV"); err != nil {
			return err
		}
	}
	return nil
}

// execute streams what can be streamed, which bounds memory on long results; libchdb streams only SELECTs.
func execute(s *session, sql, format string, each func([]byte) error) error {
	if isSelect(sql) {
		return s.stream(sql, format, each)
	}
	result, err := s.run(sql, format)
	if err != nil || len(result) == 0 {
		return err
	}
	return each(result)
}

func (e *engine) killWhen(ctx context.Context, tag string, done <-chan struct{}) {
	select {
	case <-done:
		return
	case <-ctx.Done():
	}
	s, err := e.session()
	if err != nil {
		return
	}
	defer e.end(s)
	// A statement that ends by itself meanwhile is no longer there to be killed, which is as good.
	_, _ = s.run("KILL QUERY WHERE startsWith(query, "+literal("/* "+tag)+") ASYNC FORMAT Null", "TSV")
}
