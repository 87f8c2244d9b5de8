package wire

import "regexp"

// idPattern keeps ids from becoming paths or replica names of others.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// IsID reports whether a text can be an id of Syntra's.
func IsID(text string) bool { return idPattern.MatchString(text) }
