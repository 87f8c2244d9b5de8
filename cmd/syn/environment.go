package main

import "os"

// environment returns the URL and token to use: the variables win over what `syn login` kept.
func (c config) environment() (url, token string) {
	url = os.Getenv("SYNTRA_URL")
	if url == "" {
		url = c.URL
	}
	if token = os.Getenv("SYNTRA_TOKEN"); token == "" {
		token = c.Organizations[c.current()].Token
	}
	return url, token
}

// current returns the id of the organization that this run is about: the one that SYNTRA_ORG names by its slug, or the
// one switched to last; "" where the token does not come from what is kept. A kept token is for the kept URL: it is never
// sent to another host.
func (c config) current() string {
	if url := os.Getenv("SYNTRA_URL"); os.Getenv("SYNTRA_TOKEN") != "" || url != "" && url != c.URL {
		return ""
	}
	if slug := os.Getenv("SYNTRA_ORG"); slug != "" {
		return c.bySlug(slug)
	}
	return c.Organization
}

// bySlug returns the id of a kept organization; "" where there is none.
func (c config) bySlug(slug string) string {
	for id, m := range c.Organizations {
		if m.Slug == slug || id == slug {
			return id
		}
	}
	return ""
}

// keep remembers the token of an organization and makes it the present one. Tokens of another Syntra are forgotten.
func (c *config) keep(url, orgID string, m membership) {
	if c.URL != url || c.Organizations == nil {
		c.URL, c.Organizations = url, map[string]membership{}
	}
	c.Organization, c.Organizations[orgID] = orgID, m
}
