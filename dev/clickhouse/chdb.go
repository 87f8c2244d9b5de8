package clickhouse

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// chdb is the C interface of libchdb: https://github.com/chdb-io/chdb, programs/local/chdb.h.
type chdb struct {
	connect       func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn     func(conn unsafe.Pointer)
	query         func(conn, query unsafe.Pointer, n uint64, format unsafe.Pointer, m uint64) unsafe.Pointer
	streamQuery   func(conn, query unsafe.Pointer, n uint64, format unsafe.Pointer, m uint64) unsafe.Pointer
	streamFetch   func(conn, result unsafe.Pointer) unsafe.Pointer
	streamCancel  func(conn, result unsafe.Pointer)
	buffer        func(result unsafe.Pointer) unsafe.Pointer
	length        func(result unsafe.Pointer) uint64
	failure       func(result unsafe.Pointer) unsafe.Pointer
	destroy       func(result unsafe.Pointer)
	handleSignals func(enabled int32)
}

func load(library string) (lib *chdb, err error) {
	// RegisterLibFunc panics when a symbol is missing, which is how an incompatible library shows.
	defer func() {
		if r := recover(); r != nil {
			lib, err = nil, fmt.Errorf("%s is not a libchdb this version of Syntra can use: %v", library, r)
		}
	}()
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("loading the ClickHouse engine %s: %w", library, err)
	}
	lib = &chdb{}
	for name, function := range map[string]any{
		"chdb_connect":                     &lib.connect,
		"chdb_close_conn":                  &lib.closeConn,
		"chdb_query_n":                     &lib.query,
		"chdb_stream_query_n":              &lib.streamQuery,
		"chdb_stream_fetch_result":         &lib.streamFetch,
		"chdb_stream_cancel_query":         &lib.streamCancel,
		"chdb_result_buffer":               &lib.buffer,
		"chdb_result_length":               &lib.length,
		"chdb_result_error":                &lib.failure,
		"chdb_destroy_query_result":        &lib.destroy,
		"chdb_set_signal_handlers_enabled": &lib.handleSignals,
	} {
		purego.RegisterLibFunc(function, handle, name)
	}
	// Its handlers would keep a crashed engine asleep for minutes before it dies; a crash must end the process at once,
	// so that the supervisor starts another.
	lib.handleSignals(0)
	return lib, nil
}

// session is one connection to the engine. It runs one query at a time.
type session struct {
	lib    *chdb
	handle unsafe.Pointer // chdb_connection*
}

// open connects to the data directory. All sessions of a process must name the same one.
func (lib *chdb) open(args []string) (*session, error) {
	argv := make([]unsafe.Pointer, len(args)+1)
	for i, arg := range args {
		argv[i] = unsafe.Pointer(unsafe.StringData(arg + "\x00"))
	}
	handle := lib.connect(int32(len(args)), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(argv)
	if handle == nil || *(*unsafe.Pointer)(handle) == nil {
		return nil, errors.New("the ClickHouse engine did not open its data directory (see its log lines above)")
	}
	return &session{lib: lib, handle: handle}, nil
}

func (s *session) close() { s.lib.closeConn(s.handle) }

func (s *session) conn() unsafe.Pointer { return *(*unsafe.Pointer)(s.handle) }

// run executes one statement and answers its whole result in the format.
func (s *session) run(sql, format string) ([]byte, error) {
	result := s.lib.query(s.conn(), pointer(sql), uint64(len(sql)), pointer(format), uint64(len(format)))
	runtime.KeepAlive(sql)
	if result == nil {
		return nil, errors.New("the ClickHouse engine gave no result")
	}
	defer s.lib.destroy(result)
	return s.lib.read(result)
}

// stream executes one SELECT and hands each part of its result to each as it comes. A part is whole blocks of the
// format and belongs to the callee. When each fails the query is cancelled and its error answered.
func (s *session) stream(sql, format string, each func([]byte) error) error {
	head := s.lib.streamQuery(s.conn(), pointer(sql), uint64(len(sql)), pointer(format), uint64(len(format)))
	runtime.KeepAlive(sql)
	if head == nil {
		return errors.New("the ClickHouse engine gave no result")
	}
	defer s.lib.destroy(head)
	if _, err := s.lib.read(head); err != nil {
		return err
	}
	for {
		part, err := s.fetch(head)
		if err != nil || len(part) == 0 {
			return err
		}
		if err := each(part); err != nil {
			s.lib.streamCancel(s.conn(), head)
			return err
		}
	}
}

func (s *session) fetch(head unsafe.Pointer) ([]byte, error) {
	part := s.lib.streamFetch(s.conn(), head)
	if part == nil {
		return nil, nil
	}
	defer s.lib.destroy(part)
	return s.lib.read(part)
}

// read copies a result out of the engine's memory.
func (lib *chdb) read(result unsafe.Pointer) ([]byte, error) {
	if failure := lib.failure(result); failure != nil {
		return nil, newException(goString(failure))
	}
	n := lib.length(result)
	if n == 0 {
		return nil, nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(lib.buffer(result)), n)...), nil
}

func pointer(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

func goString(p unsafe.Pointer) string {
	var b strings.Builder
	for c := (*byte)(p); *c != 0; c = (*byte)(unsafe.Add(unsafe.Pointer(c), 1)) {
		b.WriteByte(*c)
	}
	return b.String()
}
