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
	URL string `json:"url,omitempty"`
	// Organization is the id of the one that commands are about.
	Organization string `json:"organization,omitempty"`
	// Organizations are those that there is a token for, by id. A token is for one organization.
	Organizations map[string]membership `json:"organizations,omitempty"`
	// Links remembers which service a directory was deployed to, by absolute path.
	Links map[string]link `json:"links,omitempty"`
}

// membership is an organization that one has a token for.
type membership struct {
	Slug  string `json:"slug"`
	Token string `json:"token"`
}

// link names a service.
type link struct {
	Organization string `json:"organization,omitempty"` // its id; "" where the token came from the environment
	Project      string `json:"project"`
	Service      string `json:"service"`
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

// updateConfig changes what is kept. Of several that do so at once each sees what the one before has written.
func updateConfig(change func(*config) error) error {
	file, err := configFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	unlock, err := lock(file + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	c, err := readConfig()
	if err != nil {
		return err
	}
	if err := change(&c); err != nil {
		return err
	}
	return c.write(file)
}

func (c config) write(file string) error {
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

// remember links a directory to a service of the present organization.
func remember(dir string, l link) error {
	return updateConfig(func(c *config) error {
		l.Organization = c.current()
		if c.Links == nil {
			c.Links = map[string]link{}
		}
		c.Links[dir] = l
		return nil
	})
}

// linked returns which service of the present organization a directory was deployed to.
func (c config) linked(dir string) link {
	l := c.Links[dir]
	if here := c.current(); l.Organization != "" && here != "" && l.Organization != here {
		return link{}
	}
	return l
}
