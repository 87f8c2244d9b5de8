package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/telemetry"
)

// A record is its time (varint, nanoseconds since 1970), its sequence and what it stands for (uvarints) and its texts (uvarint length, bytes).

var errRecord = errors.New("malformed record")

func texts(r *telemetry.Record) [10]*string {
	return [10]*string{&r.Organization, &r.Project, &r.Service, &r.Deployment, &r.Release, &r.Server, &r.Replica, (*string)(&r.Stream), &r.Source, &r.Body}
}

func appendRecord(b []byte, r *telemetry.Record) []byte {
	b = binary.AppendVarint(b, r.At.UnixNano())
	b = binary.AppendUvarint(b, r.Sequence)
	b = binary.AppendUvarint(b, r.Lost)
	for _, text := range texts(r) {
		b = binary.AppendUvarint(b, uint64(len(*text)))
		b = append(b, *text...)
	}
	return b
}

// decodeRecords reads exactly count records that fill the payload. It copies what it keeps.
func decodeRecords(payload []byte, count int) ([]telemetry.Record, error) {
	if count < 0 || count > len(payload) { // a record takes more than one byte
		return nil, errRecord
	}
	records := make([]telemetry.Record, 0, min(count, 4096))
	for range count {
		var r telemetry.Record
		nanos, n := binary.Varint(payload)
		if n <= 0 {
			return nil, errRecord
		}
		payload = payload[n:]
		if r.Sequence, n = binary.Uvarint(payload); n <= 0 {
			return nil, errRecord
		}
		payload = payload[n:]
		if r.Lost, n = binary.Uvarint(payload); n <= 0 {
			return nil, errRecord
		}
		payload = payload[n:]
		r.At = time.Unix(0, nanos).UTC()
		for _, text := range texts(&r) {
			size, n := binary.Uvarint(payload)
			if n <= 0 || size > uint64(len(payload)-n) {
				return nil, errRecord
			}
			*text = string(payload[n : n+int(size)])
			payload = payload[n+int(size):]
		}
		records = append(records, r)
	}
	if len(payload) != 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", errRecord, len(payload))
	}
	return records, nil
}
