package trust

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// The PROXY protocol, versions 1 and 2: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
const (
	signature1 = "PROXY "
	signature2 = "\r\n\r\n\x00\r\nQUIT\n"
	// longest1 is the longest header of version 1, longest2 is far beyond what balancers add to one of version 2.
	longest1, longest2 = 107, 2 << 10
)

var errHeader = errors.New("the PROXY protocol's header is broken")

// readHeader reads the header if one stands there, and returns the client it names; the zero value if it names none.
// Where nothing stands that begins as a header does, nothing is taken from r.
func readHeader(r *bufio.Reader) (netip.AddrPort, error) {
	for _, signature := range []string{signature1, signature2} {
		if begins(r, signature) {
			if signature == signature1 {
				return readHeader1(r)
			}
			return readHeader2(r)
		}
	}
	_, err := r.Peek(1)
	if err == io.EOF {
		err = nil // an empty connection is the server's to end
	}
	return netip.AddrPort{}, err
}

// begins reports whether s stands next, and waits for no byte more than it takes to see that it does not.
func begins(r *bufio.Reader, s string) bool {
	for n := 1; n <= len(s); n++ {
		b, err := r.Peek(n)
		if err != nil || b[n-1] != s[n-1] {
			return false
		}
	}
	return true
}

// readHeader1 reads "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n".
func readHeader1(r *bufio.Reader) (netip.AddrPort, error) {
	var line []byte
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		b, err := r.ReadByte()
		if err != nil || len(line) == longest1 {
			return netip.AddrPort{}, errHeader
		}
		line = append(line, b)
	}
	part := strings.Split(strings.TrimSuffix(string(line), "\r\n"), " ")
	if part[1] == "UNKNOWN" {
		return netip.AddrPort{}, nil
	}
	if len(part) != 6 || part[1] != "TCP4" && part[1] != "TCP6" {
		return netip.AddrPort{}, errHeader
	}
	addr, err := netip.ParseAddr(part[2])
	if err != nil || addr.Zone() != "" || addr.Is4() != (part[1] == "TCP4") {
		return netip.AddrPort{}, errHeader
	}
	port, err := strconv.ParseUint(part[4], 10, 16)
	if err != nil {
		return netip.AddrPort{}, errHeader
	}
	return netip.AddrPortFrom(addr, uint16(port)), nil
}

// readHeader2 reads the binary form: signature, version and command, family, length, addresses, extensions.
func readHeader2(r *bufio.Reader) (netip.AddrPort, error) {
	head := make([]byte, len(signature2)+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return netip.AddrPort{}, errHeader
	}
	command, family, n := head[12], head[13], int(binary.BigEndian.Uint16(head[14:]))
	rest := make([]byte, min(n, longest2))
	if _, err := io.ReadFull(r, rest); err != nil || n > longest2 {
		return netip.AddrPort{}, errHeader
	}
	switch {
	case command == 0x20: // LOCAL: the proxy itself, looking whether we live
		return netip.AddrPort{}, nil
	case command != 0x21:
		return netip.AddrPort{}, errHeader
	case family == 0x11 && n >= 12:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(rest[:4])), binary.BigEndian.Uint16(rest[8:])), nil
	case family == 0x21 && n >= 36:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(rest[:16])).Unmap(), binary.BigEndian.Uint16(rest[32:])), nil
	case family == 0x00: // unspecified
		return netip.AddrPort{}, nil
	}
	return netip.AddrPort{}, errHeader
}
