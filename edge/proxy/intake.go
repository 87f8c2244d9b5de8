package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// intake reads the client's body at the pace it must keep.
type intake struct {
	x     *exchange
	total int64
	spent time.Duration // in reading
}

// Read reads what the client sends. It fails with errSlow when the client stands still or crawls.
func (in *intake) Read(p []byte) (int, error) {
	began := time.Now()
	in.x.reading.start(in.x.pace.Patience)
	n, err := in.x.src.Read(p)
	in.x.reading.stop()
	took := time.Since(began)
	in.total += int64(n)
	in.spent += took
	if over := in.spent - in.x.pace.Patience; err == nil && over > 0 && in.total < int64(over.Seconds()*float64(in.x.pace.MinRate)) {
		return n, errSlow
	}
	if err != nil && err != io.EOF && took >= in.x.pace.Patience {
		err = fmt.Errorf("%w: %w", errSlow, err)
	}
	return n, err
}

// heldBody is how long a body may be to be read before a replica is chosen. A client that sends slowly then holds
// nothing of the service, and a replica that refuses can be passed over with the body still at hand.
const heldBody = 64 << 10

// hold reads a short body of declared length. Bodies of unknown length may be streams that wait for an answer, and who
// sends "Expect" waits for the replica's word.
func (x *exchange) holdBody() error {
	n := x.r.ContentLength
	if x.r.ProtoMajor == 3 && n < 0 {
		return x.lookForBody()
	}
	if n <= 0 || n > heldBody || x.expects() {
		return nil
	}
	buf := buffer()
	defer buf.release()
	in := intake{x: x}
	for int64(len(x.body)) < n {
		m, err := in.Read(buf.b[:min(int64(len(buf.b)), n-int64(len(x.body)))])
		x.body = append(x.body, buf.b[:m]...)
		if int64(len(x.body)) == n {
			break
		}
		if err == io.EOF { // HTTP/3's library does not count
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errBody, err)
		}
	}
	x.held, x.taken = true, true
	return nil
}

// lookForBody finds out whether an HTTP/3 request without a length has a body; the library does not say. Methods that
// seldom have one are not to look as if they had.
func (x *exchange) lookForBody() error {
	switch x.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodDelete:
	default:
		return nil
	}
	if x.expects() {
		x.leave()
	}
	b := make([]byte, 512)
	n, err := (&intake{x: x}).Read(b)
	switch {
	case err == io.EOF:
		x.body, x.held, x.taken = append(x.body, b[:n]...), true, true
	case err != nil:
		return fmt.Errorf("%w: %w", errBody, err)
	default:
		x.src = io.MultiReader(strings.NewReader(string(b[:n])), x.r.Body)
	}
	return nil
}

// expects reports whether the client waits for leave to send its body.
func (x *exchange) expects() bool {
	return x.hasBody() && x.r.ProtoAtLeast(1, 1) && strings.EqualFold(first(x.r.Header, "Expect"), "100-continue")
}

// untaken reports whether some of the client's body may still come.
func (x *exchange) untaken() bool {
	return x.hasBody() && !x.taken && (x.upload == nil || !x.upload.taken.Load())
}

// lingerFor bounds how long the edge goes on reading a body that nobody needs any more. A client that has sent all of
// it takes its connection for free, and shall not find it closed.
const lingerFor = time.Second

// discardBody reads what comes of a body before an answer of the edge's own.
func (x *exchange) discardBody() {
	if !x.untaken() || x.upload != nil || x.expects() {
		return
	}
	x.reading.start(lingerFor)
	n, err := io.CopyN(io.Discard, x.src, heldBody+1)
	x.reading.stop()
	x.taken = err == io.EOF && n <= heldBody
}
