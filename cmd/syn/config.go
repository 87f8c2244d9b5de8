package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// config is what syn keeps between runs, for its owner only.
type config struct {
	URL   string `json:"url,omitempty"`
	Token string `json:"token,omitempty"`
	// Links remembers which service a directory was deployed to, by absolute path.
	Links map[string]link `json:"links,omitempty"`
}

// link names a service.
type link struct {
	Project string `json:"project"`
	Service string `json:"service"`
}

func configFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("where to keep syn's settings: %w", err)
	}
	return filepath.Join(dir, "syntra", "syn.json"), nil
}

func readConfig() (config, error) {
	var c config
	file, err := configFile()
	if err != nil {
		return c, err
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return c, fmt.Errorf("read %s: %w: mend or delete it", file, err)
	}
	return c, nil
}

func (c config) write() error {
	file, err := configFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "syn-*.json") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(raw, '\n'))
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

// remember links a directory to a service.
func remember(dir string, l link) error {
	c, err := readConfig()
	if err != nil {
		return err
	}
	if c.Links[dir] == l {
		return nil
	}
	if c.Links == nil {
		c.Links = map[string]link{}
	}
	c.Links[dir] = l
	return c.write()
}

// environment answers the URL and token to use: the variables win over what `syn login` kept.
func (c config) environment() (url, token string) {
	url, token = os.Getenv("SYNTRA_URL"), os.Getenv("SYNTRA_TOKEN")
	if url == "" {
		url = c.URL
	}
	if token == "" && (os.Getenv("SYNTRA_URL") == "" || os.Getenv("SYNTRA_URL") == c.URL) {
		// A kept token is for the kept URL: it is never sent to another host.
		token = c.Token
	}
	return url, token
}
