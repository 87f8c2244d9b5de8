package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// keys is a keyset, ready for use.
type keys struct {
	handle  *keyset.Handle
	aead    tink.AEAD
	primary int64
}

func newKeys(handle *keyset.Handle) (*keys, error) {
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("vault: use the keyset: %w", err)
	}
	return &keys{handle: handle, aead: a, primary: int64(handle.KeysetInfo().GetPrimaryKeyId())}, nil
}

// has reports whether a key is among them.
func (k *keys) has(id int64) bool {
	for _, key := range k.handle.KeysetInfo().GetKeyInfo() {
		if int64(key.GetKeyId()) == id {
			return true
		}
	}
	return false
}

// readKeys returns fs.ErrNotExist where there is no file.
func readKeys(file string) (*keys, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("vault: read the key file: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		// tink's error is left out: it may quote what it read.
		return nil, fmt.Errorf("vault: the key file %s is no keyset: restore it from a backup", file)
	}
	return newKeys(handle)
}

// createKeys makes a keyset and its file. Where another process was faster, its file counts.
func createKeys(file string) (*keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("vault: make a key: %w", err)
	}
	temp, err := writeTemp(file, handle)
	if err != nil {
		return nil, err
	}
	defer os.Remove(temp)
	if err := os.Link(temp, file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("vault: create the key file: %w", err)
	}
	if err := syncDir(filepath.Dir(file)); err != nil {
		return nil, err
	}
	return readKeys(file)
}

// replaceKeys swaps the file atomically.
func replaceKeys(file string, handle *keyset.Handle) error {
	temp, err := writeTemp(file, handle)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, file); err != nil {
		os.Remove(temp)
		return fmt.Errorf("vault: replace the key file: %w", err)
	}
	return syncDir(filepath.Dir(file))
}

func writeTemp(file string, handle *keyset.Handle) (string, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("vault: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".key-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("vault: %w", err)
	}
	defer f.Close()
	err = insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(f))
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("vault: write the key file: %w", err)
	}
	return f.Name(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	return nil
}
