// Package version holds what the build stamps into the binary.
package version

// Version of this build, from `git describe`.
var Version = "dev"
