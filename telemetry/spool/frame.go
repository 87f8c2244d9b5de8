package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/syntra-dev/syntra/telemetry"
)

// A frame is what one write puts on disk: a header and records with consecutive positions.
//
//	mark [8]byte · payload length u32 · CRC-32C of all that follows u32 · record count u32 · first position u64 · payload
//
// The mark is random for each spool, so that a log line cannot hold something that looks like a frame.
const (
	headerBytes = 28
	maxPayload  = 64 << 20
)

type mark [8]byte

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	errTorn    = errors.New("the frame is not whole")
	errCorrupt = errors.New("the frame is corrupt")
)

type frame struct {
	first   uint64
	count   int
	payload []byte
	size    int64 // on disk
}

func (f frame) last() uint64 { return f.first + uint64(f.count) - 1 }

func (m mark) appendFrame(b []byte, first uint64, records []telemetry.Record) []byte {
	start := len(b)
	b = append(b, m[:]...)
	b = append(b, make([]byte, headerBytes-len(m))...)
	for i := range records {
		b = appendRecord(b, &records[i])
	}
	header := b[start:]
	binary.LittleEndian.PutUint32(header[8:], uint32(len(header)-headerBytes))
	binary.LittleEndian.PutUint32(header[16:], uint32(len(records)))
	binary.LittleEndian.PutUint64(header[20:], first)
	binary.LittleEndian.PutUint32(header[12:], crc32.Checksum(header[16:], castagnoli))
	return b
}

// decodeFrame reads the frame at the start of b. errTorn means that b ends before the frame does, errCorrupt that it is
// no frame.
func (m mark) decodeFrame(b []byte) (frame, error) {
	if len(b) < headerBytes {
		return frame{}, errTorn
	}
	if !bytes.Equal(b[:len(m)], m[:]) {
		return frame{}, errCorrupt
	}
	n := int64(binary.LittleEndian.Uint32(b[8:]))
	f := frame{count: int(binary.LittleEndian.Uint32(b[16:])), first: binary.LittleEndian.Uint64(b[20:]), size: headerBytes + n}
	switch {
	case n > maxPayload || f.count == 0 || int64(f.count) > n || f.first == 0 || f.last() < f.first:
		return frame{}, errCorrupt
	case int64(len(b)) < f.size:
		return frame{}, errTorn
	case binary.LittleEndian.Uint32(b[12:]) != crc32.Checksum(b[16:f.size], castagnoli):
		return frame{}, errCorrupt
	}
	f.payload = b[headerBytes:f.size]
	return f, nil
}

// resync returns how many bytes to pass over until something that may be a frame starts: at least 1, all of b where
// nothing does.
func (m mark) resync(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if at := bytes.Index(b[1:], m[:]); at >= 0 {
		return at + 1
	}
	return len(b)
}
