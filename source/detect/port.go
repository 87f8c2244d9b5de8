package detect

import (
	"regexp"
	"strconv"
)

// fixedPorts find a port that a program listens on whatever PORT says.
var fixedPorts = []*regexp.Regexp{
	regexp.MustCompile(`\.listen\(\s*(\d{2,5})\b`),
	regexp.MustCompile(`\bport\s*[:=]\s*(\d{4,5})\b`),
	regexp.MustCompile(`ListenAndServe\(\s*"[^":]*:(\d{2,5})"`),
	regexp.MustCompile(`TcpListener::bind\(\s*"[^":]*:(\d{2,5})"`),
	regexp.MustCompile(`(?:HTTPServer|TCPServer)\(\s*\(\s*["'][^"']*["']\s*,\s*(\d{2,5})`),
}

var readsPort = regexp.MustCompile(`\bPORT\b`)

// fixedPort returns the port that an entry file binds without reading PORT; 0 where it reads PORT or nothing is found.
func (t tree) fixedPort(entry string) int {
	text := t.text(entry)
	if text == "" || readsPort.MatchString(text) {
		return 0
	}
	for _, re := range fixedPorts {
		if m := re.FindStringSubmatch(text); m != nil {
			port, err := strconv.Atoi(m[1])
			if err == nil && port > 0 && port < 65536 {
				return port
			}
		}
	}
	return 0
}

// listens looks for a fixed port in the program's entry.
func (p *Plan) listens(t tree, entry string) {
	if p.Port = t.fixedPort(entry); p.Port != 0 {
		p.notice("%s seems to listen on port %d always: let it listen on the port in $PORT; in a container run.port: %d does",
			entry, p.Port, p.Port)
	}
}
