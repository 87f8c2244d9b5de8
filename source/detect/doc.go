// Package detect tells from the files of a source what it is and how it is installed, built and started. It is pure: it
// reads a file system and returns a Plan, so that a server's runtimes, `syn init` and the generated Dockerfile all say the
// same. Each language has a file of its own.
package detect
