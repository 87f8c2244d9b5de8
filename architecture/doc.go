// Package architecture holds no code, only the repository's rules as tests: which way imports go, how long a file may
// be, what a package must say of itself.
package architecture
