// Package source moves source code: it packs a directory for `syn deploy`, checks and unpacks such archives, fetches Git
// repositories, and reads what a source says about itself (syntra.yaml, Procfile). Everything it reads was written by
// strangers.
package source
