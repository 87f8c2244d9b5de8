package clickhouse

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// recode turns Native blocks as libchdb writes them (protocol revision 0) into blocks of the revision that the client
// asked for with client_protocol_version.
func recode(native []byte, revision uint64) ([]byte, error) {
	if revision == 0 {
		return native, nil
	}
	reader := chproto.NewReader(bytes.NewReader(native))
	var out chproto.Buffer
	for {
		block := proto.Block{ServerContext: &column.ServerContext{Timezone: time.UTC}}
		if err := block.Decode(reader, 0); errors.Is(err, io.EOF) {
			return out.Buf, nil
		} else if err != nil {
			return nil, refuse(codeUnsupported, "the embedded engine's result cannot be recoded to Native revision: "+strings.TrimSpace(err.Error()))
		}
		if err := block.Encode(&out, revision); err != nil {
			return nil, refuse(codeUnsupported, "the embedded engine's result cannot be encoded: "+err.Error())
		}
	}
}
