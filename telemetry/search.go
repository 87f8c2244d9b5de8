package telemetry

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/syntra-dev/syntra/domain"
)

// Search is a parsed search text: every term must match.
type Search struct{ Terms []Term }

// Term is a word or a phrase that a line must hold, or with Not must not hold. Words match whole words; case does not
// matter.
type Term struct {
	Text   string // never empty; as the user wrote it
	Phrase bool   // the text as it stands, instead of its words in any order
	Not    bool
}

const (
	// MaxSearch is the longest search text, in bytes.
	MaxSearch = 1024
	// MaxTerms is how many words and phrases one search may have.
	MaxTerms = 32
)

// ParseSearch reads the search language of LogQuery.Text. A quote that is never closed goes to the end of the text, and
// a lone - is nothing, so that a search works while it is still being typed. The error is a domain.Error (Invalid).
func ParseSearch(text string) (Search, error) {
	if len(text) > MaxSearch {
		return Search{}, domain.Errorf(domain.Invalid, "the search is longer than %d bytes; shorten it", MaxSearch)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Search{}, domain.Errorf(domain.Invalid, "the search is not valid UTF-8 text")
	}
	var search Search
	rest := strings.TrimSpace(text)
	for rest != "" {
		var term Term
		term, rest = nextTerm(rest)
		if term.Text == "" {
			continue
		}
		if len(search.Terms) == MaxTerms {
			return Search{}, domain.Errorf(domain.Invalid, "the search has more than %d words; shorten it", MaxTerms)
		}
		search.Terms = append(search.Terms, term)
	}
	return search, nil
}

func nextTerm(text string) (Term, string) {
	var term Term
	if after, ok := strings.CutPrefix(text, "-"); ok {
		term.Not, text = true, after
	}
	if after, ok := strings.CutPrefix(text, `"`); ok {
		term.Phrase = true
		inner, rest, _ := strings.Cut(after, `"`)
		term.Text = strings.TrimSpace(inner)
		return term, strings.TrimSpace(rest)
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	term.Text = text[:end]
	return term, strings.TrimSpace(text[end:])
}

// Match reports whether a line's body satisfies the search, by the same rules as the store: whole words, and where a term
// is more than one word its text too.
func (s Search) Match(body string) bool {
	lower := strings.ToLower(body)
	words := map[string]bool{}
	for _, word := range Tokens(body) {
		words[word] = true
	}
	for _, term := range s.Terms {
		if term.match(lower, words) == term.Not {
			return false
		}
	}
	return true
}

func (t Term) match(lowerBody string, words map[string]bool) bool {
	for _, token := range Tokens(t.Text) {
		if !words[token] {
			return false
		}
	}
	return strings.Contains(lowerBody, strings.ToLower(t.Text))
}

// Tokens splits text into lower-case words the way the store's index does: at every ASCII character which is no letter or
// digit. Bytes beyond ASCII belong to words.
func Tokens(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r < utf8.RuneSelf && !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
}
