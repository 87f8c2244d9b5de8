package mask_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/syntra-dev/syntra/agent/mask"
)

func TestAMaskHidesWhatItWasGiven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values     []string
		text, want string
	}{
		"a value":                          {[]string{"hunter22"}, "the password hunter22 is wrong", "the password •••••• is wrong"},
		"a longer value, whole":            {[]string{"hunter22", "hunter22-and-the-rest"}, "hunter22-and-the-rest", "••••••"},
		"values that overlap, all of both": {[]string{"abcdef", "cdefgh-rest"}, "<abcdefgh-rest>", "<••••••>"},
		"a value that overlaps itself":     {[]string{"abab"}, "ababab!", "••••••!"},
		"each line of a key":               {[]string{"-----\nfirst line\nsecond\n"}, "got: second", "got: ••••••"},
		"two that touch, one by one":       {[]string{"aaaa-1", "bbbb-2"}, "aaaa-1bbbb-2", "••••••••••••"},
		"nothing short":                    {[]string{"on", "1"}, "turned on 1", "turned on 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := map[string]string{}
			for _, v := range c.values {
				values[v] = v
			}
			require.Equal(t, c.want, mask.Of(values, mask.Secrets).Hide(c.text))
		})
	}
}

// Whatever the values and wherever they are, none of them is left.
func TestNoValueIsEverLeft(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringMatching(`[ab]{4,7}`), 1, 5).Draw(t, "values")
		text := rapid.StringMatching(`[abc]{0,40}`).Draw(t, "text")
		given := map[string]string{}
		for _, v := range values {
			given[v] = v
		}
		out := mask.Of(given, mask.Secrets).Hide(text)
		for _, v := range values {
			if strings.Contains(out, v) {
				t.Fatalf("%q is left in %q", v, out)
			}
		}
	})
}
